import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/** Requests of some work, none of which stays open for longer than a bound, whatever comes back. */
export interface BoundedRequests {
  /** Does it; whatever it asks by node:http, then or later, is bounded. */
  during<T>(work: () => T): T;
  /** Breaks off those that are open, and from now on each that is made. */
  end(): void;
}

const making = new AsyncLocalStorage<(request: ClientRequest) => void>();
// Not by an agent: the exporter makes its own, with the certificates of OpenTelemetry's variables. Node 20 tells of a request
// only once its body is on the way.
for (const channel of ['http.client.request.created', 'http.client.request.start'])
  subscribe(channel, (message) => making.getStore()?.((message as { request: ClientRequest }).request));

/** @param withinMs since a request is made; its own time-outs are of silence, which a byte now and then is not */
export function boundedRequests(withinMs: number): BoundedRequests {
  const open = new Set<ClientRequest>();
  let hasEnded = false;
  const bound = (request: ClientRequest): void => {
    if (hasEnded) {
      breakOff(request);
      return;
    }
    if (open.has(request)) return;
    open.add(request);
    const late = setTimeout(() => breakOff(request), withinMs);
    request.once('close', () => {
      clearTimeout(late);
      open.delete(request);
    });
  };
  return {
    during: (work) => making.run(bound, work),
    end: () => {
      hasEnded = true;
      for (const request of open) breakOff(request);
    },
  };
}

function breakOff(request: ClientRequest): void {
  request.destroy(new Error('no whole answer in time'));
}
