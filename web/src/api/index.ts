export * from './gen';
export * from './gen/@tanstack/react-query.gen';
export { setUpClient } from './client';
export { useMay } from './may';
export { asProblem, Problem } from './problem';
export { makeQueryClient } from './queries';
export { type Tell, telling } from './sending';
export { followStream, type Heard } from './sse';
