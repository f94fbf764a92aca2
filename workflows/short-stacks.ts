/**
 * The SDK takes a stack trace of every promise that a workflow makes, and looks each line up in the source map: some
 * tenth of a workflow's CPU time. One line still says where an error was thrown.
 *
 * For all workflows at once, before there is any: preloaded by the bundle, and imported by none.
 */
Error.stackTraceLimit = 1;
