import { useQuery } from '@tanstack/react-query';

import { readMeOptions } from './gen/@tanstack/react-query.gen';

/** Whether the one who asks may do something; `undefined` until it is known. */
export function useMay(permission: string): boolean | undefined {
  return useQuery(readMeOptions()).data?.permissions.includes(permission);
}
