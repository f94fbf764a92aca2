import type { Stats } from 'ssh2';
import { SourceFailed } from '../source.ts';
import type { SftpSession } from './session.ts';

/** What every server gives at once. */
const PIECE_BYTES = 31 * 1024;
/** So that the way there and back is not waited for with each piece. */
const PIECES_AHEAD = 16;

/** Reads a file from its beginning to its end. @throws SourceFailed when it is cut, or written to meanwhile */
export async function* readWhole(
  session: SftpSession,
  handle: Buffer,
  { size, mtime }: Stats,
): AsyncGenerator<Buffer> {
  const ahead: Promise<Buffer>[] = [];
  let asked = 0;
  const askNext = (): void => {
    if (asked >= size) return;
    const piece = readPiece(session, handle, asked, Math.min(PIECE_BYTES, size - asked));
    // It is told of when its turn comes.
    piece.catch(() => undefined);
    ahead.push(piece);
    asked += PIECE_BYTES;
  };
  for (let no = 0; no < PIECES_AHEAD; no += 1) askNext();
  for (let piece = ahead.shift(); piece; piece = ahead.shift()) {
    const bytes = await piece;
    askNext();
    yield bytes;
  }
  const after = await session.ask<Stats>((sftp, answer) => sftp.fstat(handle, answer));
  if (after.size !== size || after.mtime !== mtime) {
    throw new SourceFailed('the file was written to while it was read', { passes: true });
  }
}

/** A server may give less than it was asked for. */
async function readPiece(
  session: SftpSession,
  handle: Buffer,
  position: number,
  length: number,
): Promise<Buffer> {
  const piece = Buffer.alloc(length);
  for (let filled = 0; filled < length;) {
    const count = await session.ask<number>((sftp, answer) =>
      sftp.read(handle, piece, filled, length - filled, position + filled, (error, read) =>
        answer(isEnd(error) ? undefined : error, isEnd(error) ? 0 : read),
      ),
    );
    if (count === 0) throw new SourceFailed(`the file ends at byte ${position + filled}`, { passes: true });
    filled += count;
  }
  return piece;
}

function isEnd(error: Error | undefined): boolean {
  const END_OF_FILE = 1;
  return (error as { code?: unknown } | undefined)?.code === END_OF_FILE;
}
