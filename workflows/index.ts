export { syncSupplierEvent } from './sync-supplier-event.ts';
export { replaySupplierEvents } from './replay-supplier-events.ts';
