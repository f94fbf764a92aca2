import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<string>();

/** Whoever is called by HTTP in the course of `work` is told of the span, in the header `traceparent`. */
export function sendingOn<T>(traceparent: string | undefined, work: () => T): T {
  return traceparent === undefined ? work() : current.run(traceparent, work);
}

/** The headers of a call, with what is to be sent on. */
export function withSentOn(headers: Record<string, string>): Record<string, string> {
  const traceparent = current.getStore();
  return traceparent === undefined ? headers : { ...headers, traceparent };
}
