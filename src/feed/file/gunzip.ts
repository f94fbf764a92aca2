import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { againstBombs } from './meter.ts';
import type { Limits } from './row.ts';
import { UnreadableFile } from './unreadable-file.ts';

/** Several gzip files one after the other are one, as everywhere. */
export function gunzip(chunks: AsyncIterable<Buffer>, limits: Limits): AsyncGenerator<Buffer> {
  let packed = 0;
  return againstBombs(
    unpack(chunks, (bytes) => (packed += bytes)),
    () => packed,
    limits,
  );
}

async function* unpack(
  chunks: AsyncIterable<Buffer>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const stream = createGunzip();
  // What breaks is thrown by the loop below.
  pipeline(Readable.from(counted(chunks, onRead)), stream, () => undefined);
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw inWords(error);
  }
}

async function* counted(
  chunks: AsyncIterable<Buffer>,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    onRead(chunk.length);
    yield chunk;
  }
}

function inWords(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'Z_BUF_ERROR') {
    return new UnreadableFile('The gzip file ends before its end: it was cut. Send it again.', {
      cause: error,
    });
  }
  if (!code.startsWith('Z_')) return error;
  return new UnreadableFile('The gzip file is damaged: its contents do not match its checksum.', {
    cause: error,
  });
}
