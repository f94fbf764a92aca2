export { syncSupplierEvent } from './sync-supplier-event.ts';
