import { Script, type Context, type RunningScriptOptions } from 'node:vm';
import type * as workflows from '../../workflows/index.ts';

/** What Temporal's SDK lays into a context of workflows before it runs a script in it. */
interface WorkflowContext extends Context {
  /** The holder is one workflow's, from its making on. */
  __temporal_args?: [holder: object, called: string, args: unknown[]];
  __TEMPORAL_ACTIVATOR__?: { blockedConditions?: { size: number } };
}

/** What is called to make a workflow. */
interface Making {
  info?: { workflowType?: string };
}

/** Calls that run nothing but the SDK's own code. */
const OF_THE_SDK: ReadonlySet<string> = new Set(['initialize', 'concludeActivation', 'dispose']);

/** Workflows whose code cannot run for ever: one step after the other, each once, and a way along the causes of a failure. */
const WITHOUT_LOOPS: ReadonlySet<string | undefined> = new Set<keyof typeof workflows>(['syncSupplierEvent']);
const holdersWithoutLoops = new WeakSet<object>();

/**
 * For a thread that runs workflows, loaded before the SDK's code. The SDK enters the workflows' context some fifteen times
 * an event, each time with a time limit, for which Node starts and ends a thread: a tenth of a worker's CPU. Where nothing
 * runs that could go on for ever, the limit is left out; what is not known to be such keeps it.
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
  if (!context.__temporal_args) return false;
  const [holder, called, args] = context.__temporal_args;
  switch (called) {
    case 'initRuntime':
      if (WITHOUT_LOOPS.has((args[0] as Making | undefined)?.info?.workflowType))
        holdersWithoutLoops.add(holder);
      return true;
    case 'activate':
      return holdersWithoutLoops.has(holder);
    case 'tryUnblockConditions':
      return context.__TEMPORAL_ACTIVATOR__?.blockedConditions?.size === 0;
    default:
      return OF_THE_SDK.has(called);
  }
}
