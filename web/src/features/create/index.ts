export { createRoutes } from './routes';
