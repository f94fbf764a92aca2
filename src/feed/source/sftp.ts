import { posix } from 'node:path';
import type { FileEntryWithStats, Stats } from 'ssh2';
import { printable } from '../../domain/safe-text.ts';
import { seconds } from '../../domain/time.ts';
import { nameFits } from '../file/name-fits.ts';
import { openSession, type SessionOptions } from './sftp/open-session.ts';
import { readWhole } from './sftp/read-whole.ts';
import { LIMITS, nameOf, type SftpLimits, type SftpServer } from './sftp/server.ts';
import type { SftpSession } from './sftp/session.ts';
import { tell } from './sftp/tell.ts';
import { SourceFailed, type Source, type SourceFile } from './source.ts';

interface Found {
  path: string;
  stats: Stats;
}

/** The files of a folder on an SFTP server. */
export function sftpSource(
  server: SftpServer,
  { signal, keyFolder, limits = LIMITS }: Omit<SessionOptions, 'limits'> & { limits?: SftpLimits },
): Source {
  const open = () => openSession(server, { signal, keyFolder, limits });
  return {
    async look() {
      const session = await open();
      try {
        const found = await filesOf(session, server);
        return found.map(({ path, stats }) => fileOf(server, { path, stats }, open));
      } finally {
        session.end();
      }
    },
  };
}

/** The oldest first. */
async function filesOf(session: SftpSession, server: SftpServer): Promise<Found[]> {
  const { path } = server;
  const pattern = /[*?]/.test(posix.basename(path)) ? posix.basename(path) : undefined;
  const statsOf = (of: string) =>
    tell(
      server,
      of,
      session.ask<Stats>((sftp, answer) => sftp.stat(of, answer)),
    );
  if (pattern === undefined) {
    const stats = await statsOf(path);
    if (!stats.isDirectory()) return [{ path, stats }];
  }
  const folder = pattern === undefined ? path : posix.dirname(path);
  const entries = await tell(
    server,
    folder,
    session.ask<FileEntryWithStats[]>((sftp, answer) => sftp.readdir(folder, answer)),
  );
  const found: Found[] = [];
  for (const { filename, attrs } of entries) {
    if (filename.startsWith('.') || filename.includes('/')) continue;
    if (pattern !== undefined && !nameFits(pattern, filename)) continue;
    const file = posix.join(folder, filename);
    // Not every server says what an entry is; of a link it says that it is one.
    const isPlain = attrs.isFile() || attrs.isDirectory();
    const stats = isPlain ? attrs : await statsOf(file).catch(ignoreGone);
    if (stats?.isFile()) found.push({ path: file, stats });
  }
  return found.toSorted((a, b) => a.stats.mtime - b.stats.mtime || (a.path < b.path ? -1 : 1));
}

function fileOf(
  server: SftpServer,
  { path, stats: { size, mtime } }: Found,
  openAnew: () => Promise<SftpSession>,
): SourceFile {
  const name = printable(posix.basename(path));
  return {
    ...{ name, state: `${name} ${size} ${mtime}` },
    writtenAt: Number.isInteger(mtime) ? seconds(mtime) : undefined,
    // Their clock need not be ours, so that no time says that it is done with.
    mayBeHalf: true,
    async open() {
      const session = await openAnew();
      try {
        const handle = await tell(
          server,
          path,
          session.ask<Buffer>((sftp, answer) => sftp.open(path, 'r', answer)),
        );
        const now = await session.ask<Stats>((sftp, answer) => sftp.fstat(handle, answer));
        if (now.size !== size || now.mtime !== mtime) {
          throw new SourceFailed(`${name} on ${nameOf(server)} is still written to`, { passes: true });
        }
        return ending(readWhole(session, handle, now), session);
      } catch (error) {
        session.end();
        throw error;
      }
    },
  };
}

async function* ending(chunks: AsyncIterable<Buffer>, session: SftpSession): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } finally {
    session.end();
  }
}

/** A link that leads nowhere, or a file that was taken away just now. */
function ignoreGone(error: unknown): undefined {
  if (error instanceof SourceFailed && error.passes) throw error;
}
