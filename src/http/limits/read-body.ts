import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressKey } from '../../process/address-key.ts';
import { ProblemError } from '../problems.ts';
import { createBodyBudget, type KeptBody } from './body-budget.ts';
import { createGrowingBuffer } from './growing-buffer.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What is kept of its body; null before that begins to be read. */
    keptBody: KeptBody | null;
  }
  interface FastifyInstance {
    /** A parser of content types: the bytes of the body, within the limits. @param most bytes, unless as many as any body */
    readBody: (request: FastifyRequest, payload: Readable, most?: number) => Promise<Buffer>;
  }
}

/** In seconds: bodies are kept for less. */
const RETRY_AFTER = 2;

/** Reads bodies no further than one may be long, and no more of them at once than there is room for. */
export function limitBodies(app: FastifyInstance, most: { bytes: number; bytesInFlight: number }): void {
  const budget = createBodyBudget(most.bytesInFlight);
  app.decorateRequest('keptBody', null);
  app.decorate(
    'readBody',
    async (request: FastifyRequest, payload: Readable, bytes = most.bytes): Promise<Buffer> => {
      refuseTooLarge(request, bytes);
      const kept = budget.open(addressKey(request.ip));
      request.keptBody = kept;
      request.raw.socket.once('close', kept.release);
      return readWithin(payload, bytes, kept);
    },
  );
  app.addHook('onResponse', async ({ keptBody, raw }) => {
    if (!keptBody) return;
    raw.socket.off('close', keptBody.release);
    keptBody.release();
  });
}

/** Judges a body by the length that it is said to have. @throws ProblemError `payload_too_large` */
export function refuseTooLarge(request: FastifyRequest, most: number): void {
  if (Number(request.headers['content-length']) > most) throw tooLarge(most);
}

function tooLarge(most: number): ProblemError {
  return new ProblemError('payload_too_large', { detail: `It may have ${most / 2 ** 20} MiB.` });
}

/** Not by `for await`: that would close the connection, and the answer with it, where it stops reading early. */
function readWithin(payload: Readable, most: number, kept: KeptBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const body = createGrowingBuffer();
    const leave = (): void => {
      payload.off('data', onData);
      payload.off('end', onEnd);
      payload.off('error', onError);
    };
    const fail = (problem: ProblemError): void => {
      leave();
      kept.release();
      reject(problem);
    };
    const onData = (chunk: Buffer): void => {
      if (body.length + chunk.length > most) fail(tooLarge(most));
      else if (kept.take(chunk.length)) body.append(chunk);
      else fail(new ProblemError('too_busy', { retryAfter: RETRY_AFTER }));
    };
    const onEnd = (): void => {
      leave();
      resolve(body.bytes());
    };
    // The client has gone, or took too long: nobody reads the answer.
    const onError = (): void => fail(new ProblemError('malformed_request'));
    payload.on('data', onData).on('end', onEnd).on('error', onError);
  });
}
