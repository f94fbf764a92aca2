import { parentPort } from 'node:worker_threads';
import vm from 'node:vm';

/** Runs for longer than its limit, as the SDK would run `called`; says whether the limit held. */
function isStopped(called, blockedConditions, workflowType) {
  const context = vm.createContext({});
  const holder = {};
  if (workflowType !== undefined) {
    context.__temporal_args = [holder, 'initRuntime', [{ info: { workflowType } }]];
    new vm.Script('0').runInContext(context);
  }
  context.__temporal_args = [holder, called, []];
  if (blockedConditions !== undefined) context.__TEMPORAL_ACTIVATOR__ = { blockedConditions };
  const script = new vm.Script('const begun = Date.now(); while (Date.now() - begun < 200);');
  try {
    script.runInContext(context, { timeout: 20, displayErrors: true });
    return false;
  } catch (error) {
    if (error.code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    return true;
  }
}

const answer = {
  activate: isStopped('activate'),
  'activate of a workflow with loops': isStopped('activate', undefined, 'replaySupplierEvents'),
  'activate of one without': isStopped('activate', undefined, 'syncSupplierEvent'),
  unknown: isStopped('somethingNew'),
  conditions: isStopped('tryUnblockConditions', new Map([[1, {}]])),
  'conditions of another shape': isStopped('tryUnblockConditions'),
  'no conditions': isStopped('tryUnblockConditions', new Map()),
  concludeActivation: isStopped('concludeActivation'),
  dispose: isStopped('dispose'),
};

// Nothing is transferred.
parentPort.postMessage(answer, []);
