/** Set by whoever starts a process and wants to know its answers from those of another one on the same port. */
export const INSTANCE_VARIABLE = 'START_INSTANCE';
export const INSTANCE_HEADER = 'x-start-instance';

/** Which process this is, for an answer that says it is ready; nothing where nobody asked for it. */
export function instanceHeader(environment: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const instance = environment[INSTANCE_VARIABLE];
  return instance === undefined || instance === '' ? {} : { [INSTANCE_HEADER]: instance };
}
