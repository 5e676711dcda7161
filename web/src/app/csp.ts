/** Imported first: the validator would try `new Function`, which the page's rules forbid and the console would tell of. */
import { config } from 'zod/mini';

config({ jitless: true });
