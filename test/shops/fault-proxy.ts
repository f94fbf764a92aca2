import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/start/sample-feed/random.ts';

/** What goes wrong with a call. */
export const FAULTS = ['reset before', 'reset after', '500 before', '500 after', 'slow answer'] as const;
export type Fault = (typeof FAULTS)[number];

/** A way to a shop on which some calls go wrong. */
export interface FaultProxy {
  url: string;
  /** How many calls went through, and how many of them wrong. */
  counts: { calls: number; faults: Map<Fault, number> };
  /** From now on nothing goes wrong. */
  mend(): void;
  close(): Promise<void>;
}

/** Longer than a first try waits, shorter than a later one does. */
const SLOW_MS = 3_000;

/** @param share of calls that go wrong, of 1 */
export async function faultProxy(target: number, random: Random, share: number): Promise<FaultProxy> {
  const counts = { calls: 0, faults: new Map<Fault, number>() };
  let mended = false;
  const server = createServer((request, response) => {
    counts.calls += 1;
    const fault = !mended && random.chance(share) ? random.pick(FAULTS) : undefined;
    if (fault) counts.faults.set(fault, (counts.faults.get(fault) ?? 0) + 1);
    void pass(target, fault, request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    mend: () => {
      mended = true;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function pass(
  port: number,
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await bytesOf(request);
  if (fault === 'reset before') return void request.socket.resetAndDestroy();
  if (fault === '500 before') return void response.writeHead(500).end();
  const { method, url, headers } = request;
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const call = send({ host: '127.0.0.1', port, method, path: url, headers, agent: false }, resolve);
    call.on('error', reject).end(body);
  });
  const said = await bytesOf(answer);
  if (fault === 'reset after') return void request.socket.resetAndDestroy();
  if (fault === '500 after') return void response.writeHead(500).end();
  if (fault === 'slow answer') await sleep(SLOW_MS);
  const { connection: _, 'transfer-encoding': __, 'content-length': ___, ...kept } = answer.headers;
  response.writeHead(answer.statusCode ?? 502, kept).end(said);
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
