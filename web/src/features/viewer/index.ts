export { viewerRoutes } from './routes';
