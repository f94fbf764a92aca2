import type { Socket } from 'node:net';
import { pipeline, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

import { Agent, request, type Dispatcher } from 'undici';
import type { AddressRange } from '../config/address-ranges.ts';
import { withSentOn } from '../telemetry/tracing/sent-on.ts';
import { allowedOutgoing } from './allowed.ts';
import { guardedConnect } from './connect.ts';
import { guardedConnector } from './connector.ts';
import { createGuard, OutgoingRefused } from './guard.ts';
import { nameResolver, type ResolveName } from './resolve-name.ts';
import { shareLookUps } from './share-look-ups.ts';

export interface OutgoingRequest {
  /** GET, POST, or what a cache has for throwing pages away. */
  method: string;
  headers: Record<string, string>;
  body?: Buffer;
  signal: AbortSignal;
}

export interface OutgoingAnswer {
  status: number;
  statusText: string;
  header(name: string): string | undefined;
  /** Decompressed. It has to be read, or left in the middle. */
  body: Readable;
}

/** What calls addresses that somebody gave us. */
export interface Outgoing {
  /**
   * No redirect is followed: it is an answer.
   *
   * @throws OutgoingRefused before anything is sent, and what the network does
   */
  call(url: URL, request: OutgoingRequest): Promise<OutgoingAnswer>;
  /** For another protocol than HTTP. @throws OutgoingRefused before anything is sent, and what the network does */
  connect(to: { protocol: string; host: string; port: number; signal: AbortSignal }): Promise<Socket>;
  /** Whether an address may be called as things are; a name that has no address now may. */
  check(url: Pick<URL, 'protocol' | 'hostname'>): Promise<OutgoingRefused | undefined>;
}

/** @param allow what may be called though it is not public, and without TLS */
export function createOutgoing(
  allow: readonly AddressRange[],
  resolve: ResolveName = shareLookUps(nameResolver()),
): Outgoing {
  const guard = createGuard(allow, resolve);
  const dispatcher = new Agent({ connect: guardedConnector(guard) });
  return {
    async call(url, { method, headers, body, signal }) {
      const options = {
        method,
        headers: withSentOn(headers),
        signal,
        dispatcher,
        ...(body && { body }),
      };
      const response = await request(url, options);
      return {
        status: response.statusCode,
        statusText: response.statusText,
        header: (name) => headerOf(response, name),
        body: decoded(response),
      };
    },
    connect: (to) => guardedConnect(guard, to),
    check({ protocol, hostname: shown }) {
      const hostname = shown.replace(/^\[(.*)\]$/, '$1');
      const refusal = guard.refusalOfLiteral(protocol, hostname);
      if (refusal) return Promise.resolve(refusal);
      return guard.resolve(protocol, hostname).then(
        () => undefined,
        (error: unknown) => (error instanceof OutgoingRefused ? error : undefined),
      );
    },
  };
}

let shared: Outgoing | undefined;

/**
 * The one of this process, as `fetch` has one dispatcher: what is not handed around cannot be left out. Where nobody said
 * `allowOutgoing`, it calls nothing but what is public.
 */
export function outgoing(): Outgoing {
  return (shared ??= createOutgoing(allowedOutgoing()));
}

/** For tests of what names lead to. Undefined: the one of this process again. */
export function setOutgoing(other: Outgoing | undefined): void {
  shared = other;
}

const headerOf = ({ headers }: Dispatcher.ResponseData, name: string): string | undefined =>
  [headers[name] ?? []].flat()[0];

const DECODERS: Partial<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** Some servers compress whether they are asked to or not. */
function decoded(response: Dispatcher.ResponseData): Readable {
  const decoder = DECODERS[headerOf(response, 'content-encoding')?.toLowerCase() ?? '']?.();
  // Whoever reads the decoder is told of its errors, and leaves.
  return decoder ? pipeline(response.body, decoder, () => undefined) : response.body;
}
