import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import { againstBombs, atMost } from './meter.ts';
import type { Limits } from './row.ts';
import { spool } from './spool.ts';
import { UnreadableFile } from './unreadable-file.ts';

const MOST_ENTRIES = 10_000;

/** A zip of one disk, whose index was read. */
export interface Zip {
  /** Names of its files. */
  names: readonly string[];
  /** One file, unpacked. @throws UnreadableFile when it is damaged, at its end */
  read(name: string): AsyncGenerator<Buffer>;
  close(): void;
}

/** @throws UnreadableFile for what is cut, or no zip */
export async function openZip(chunks: AsyncIterable<Buffer>, limits: Limits): Promise<Zip> {
  const spooled = await spool(atMost(chunks, limits.packedBytes, 'is packed and takes'));
  let zip: ZipFile | undefined;
  try {
    zip = await open(spooled.file);
    return await withIndex(zip, limits);
  } catch (error) {
    zip?.close();
    if (error instanceof UnreadableFile) throw error;
    throw new UnreadableFile(
      'The zip file cannot be read: it was cut, or is damaged or of several parts. Send it again.',
      { cause: error },
    );
  } finally {
    // An open file lives on without its name, and goes with the process.
    await spooled.remove();
  }
}

const open = (file: string): Promise<ZipFile> =>
  new Promise((resolve, reject) => {
    yauzl.open(file, { autoClose: false, lazyEntries: true }, (error, zip) => {
      if (error) reject(error);
      else resolve(zip);
    });
  });

async function withIndex(zip: ZipFile, limits: Limits): Promise<Zip> {
  const entries = new Map((await readIndex(zip)).map((entry) => [entry.fileName, entry]));
  return {
    names: [...entries.keys()],
    read: (name) => {
      const entry = entries.get(name);
      if (!entry) throw new UnreadableFile(`The zip file has no file ${name}.`);
      return againstBombs(readEntry(zip, entry), () => entry.compressedSize, limits);
    },
    close: () => zip.close(),
  };
}

function readIndex(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('error', reject);
    zip.on('end', () => resolve(entries));
    zip.on('entry', (entry: Entry) => {
      if (!entry.fileName.endsWith('/')) entries.push(entry);
      if (entries.length > MOST_ENTRIES) {
        reject(new UnreadableFile(`The zip file holds more than ${MOST_ENTRIES} files; send one of them.`));
      } else {
        zip.readEntry();
      }
    });
    zip.readEntry();
  });
}

async function* readEntry(zip: ZipFile, entry: Entry): AsyncGenerator<Buffer> {
  if (entry.isEncrypted()) {
    throw new UnreadableFile(`${entry.fileName} in the zip file has a password; send it without one.`);
  }
  let sum = 0;
  try {
    const stream = await promisify<Entry, NodeJS.ReadableStream>(zip.openReadStream.bind(zip))(entry);
    for await (const chunk of stream) {
      sum = crc32(chunk, sum);
      yield chunk as Buffer;
    }
  } catch (error) {
    throw new UnreadableFile(`${entry.fileName} in the zip file is damaged. Send it again.`, {
      cause: error,
    });
  }
  if (sum !== entry.crc32) {
    throw new UnreadableFile(`${entry.fileName} in the zip file is damaged: its checksum does not match.`);
  }
}
