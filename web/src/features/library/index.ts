export { fetchDetails, learn, promptOf, useDetail } from './model/details';
export { copyPrompts, download } from './model/doing';
export { activate, useGrid } from './model/grid-state';
export type { Roll } from './model/roll';
export { useShelf } from './model/shelf';
export { libraryRoute } from './routes';
