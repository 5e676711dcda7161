export { libraryRoutes } from './routes';
