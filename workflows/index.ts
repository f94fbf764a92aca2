export { syncSupplierEvent } from './sync-supplier-event.ts';
export { replaySupplierEvents } from './replay-supplier-events.ts';
export { launchGate } from './launch-gate.ts';
export { sampleOpenTenants } from './sample-open-tenants.ts';
export { pruneLedger } from './prune-ledger.ts';
export { rollUpSamples } from './roll-up-samples.ts';
export { sweepStorefront } from './sweep-storefront.ts';
export { requestSweeps } from './request-sweeps.ts';
