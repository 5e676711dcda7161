/** Where what was submitted while the server was away lies in this browser. */
export const LATER = 'imageloom.later';
