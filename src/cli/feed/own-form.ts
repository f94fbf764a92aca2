import { open } from 'node:fs/promises';
import { csvParser, HeaderError, type Format } from '../../intake/file/parse-line.ts';

const HEAD_BYTES = 64 * 1024;
const OWNER = { tenant: 'x', supplier: 'x' };

/** Which of our own two forms a file has, by its name and its first line; undefined: neither. */
export async function ownForm(file: string): Promise<Format | undefined> {
  const format = formatOfName(file);
  if (format === undefined) return undefined;
  const line = await firstLine(file);
  // As before, it is said of an empty file what it lacks.
  if (line.length === 0) return format;
  if (format === 'ndjson') return hasOtherNames(line) ? undefined : format;
  try {
    csvParser(line, OWNER);
    return format;
  } catch (error) {
    if (error instanceof HeaderError) return undefined;
    throw error;
  }
}

/** What is no JSON is a bad line, and nothing to guess at. */
function hasOtherNames(line: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(line.toString());
    return typeof value === 'object' && value !== null && !('sku' in value && 'quantity' in value);
  } catch {
    return false;
  }
}

function formatOfName(file: string): Format | undefined {
  if (/\.csv$/i.test(file)) return 'csv';
  return /\.(?:ndjson|jsonl)$/i.test(file) ? 'ndjson' : undefined;
}

async function firstLine(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    const head = buffer.subarray(0, bytesRead);
    const end = head.indexOf(0x0a);
    const line = end === -1 ? head : head.subarray(0, end);
    return line.at(-1) === 0x0d ? line.subarray(0, -1) : line;
  } finally {
    await handle.close();
  }
}
