export { batchesRoutes } from './routes';
