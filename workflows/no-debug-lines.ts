import { log } from '@temporalio/workflow';

/**
 * The SDK says of each workflow, at the level `debug`, that it has started and that it has completed: two messages to the main
 * thread, each with all that is known of the workflow, also where nobody listens. The history says the same.
 *
 * For all workflows at once, before there is any: preloaded by the bundle, and imported by none.
 */
log.debug = log.trace = () => {};
