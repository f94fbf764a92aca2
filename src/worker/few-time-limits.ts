import { Script, type Context, type RunningScriptOptions } from 'node:vm';

/** What Temporal's SDK lays into a context of workflows before it runs a script in it. */
interface WorkflowContext extends Context {
  __temporal_args?: [holder: unknown, called: string, args: unknown[]];
  __TEMPORAL_ACTIVATOR__?: { blockedConditions?: { size: number } };
}

/** Calls that run nothing but the SDK's own code. */
const OF_THE_SDK: ReadonlySet<string | undefined> = new Set([
  'initRuntime',
  'initialize',
  'concludeActivation',
  'dispose',
]);

/**
 * For a thread that runs workflows, loaded before the SDK's code. The SDK enters the workflows' context some fifteen times
 * an event, each time with a time limit, for which Node starts and ends a thread: a tenth of a worker's CPU. Where no
 * workflow code runs, the limit is left out; what is not known to be such keeps it.
 */
const { runInContext } = Script.prototype;
Script.prototype.runInContext = function (context: WorkflowContext, options?: RunningScriptOptions): unknown {
  return runInContext.call(
    this,
    context,
    needsNoLimit(context) ? { ...options, timeout: undefined } : options,
  );
};

function needsNoLimit(context: WorkflowContext): boolean {
  const called = context.__temporal_args?.[1];
  if (called === 'tryUnblockConditions') return context.__TEMPORAL_ACTIVATOR__?.blockedConditions?.size === 0;
  return OF_THE_SDK.has(called);
}
