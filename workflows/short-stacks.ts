/**
 * The SDK takes a stack trace of every promise that a workflow makes, and looks each line up in the source map: some
 * tenth of a workflow's CPU time. One line still says where an error was thrown.
 */
Error.stackTraceLimit = 1;
