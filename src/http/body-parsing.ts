import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parseStrictJson } from '../intake/strict-json.ts';
import { ProblemError } from './problems.ts';

/** The value of a JSON body. @throws ProblemError `invalid_json` */
export function readJson(bytes: Uint8Array): unknown {
  const json = parseStrictJson(bytes);
  if (json.ok) return json.value;
  const errors = json.pointer === undefined ? undefined : [{ pointer: json.pointer, detail: json.detail }];
  throw new ProblemError('invalid_json', { detail: json.detail, ...(errors && { errors }) });
}

/** Takes nothing but JSON, read strictly. Fastify would take plain text too. */
export function parseBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) =>
    readJson(await app.readBody(request, payload)),
  );
  app.addHook('onRequest', async (request) => {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase();
    // Never unpacked: a few bytes can unpack to gigabytes.
    if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
      throw new ProblemError('unsupported_media_type', { detail: 'Content-Encoding is not taken.' });
    }
  });
}
