import { printable } from '../../../domain/safe-text.ts';
import { SourceFailed } from '../source.ts';
import { nameOf, type SftpServer } from './server.ts';

const NO_SUCH_FILE = 2;
const PERMISSION_DENIED = 3;

/** Says what a server's number means of a path. @throws SourceFailed */
export async function tell<T>(server: SftpServer, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SourceFailed) throw error;
    const { code, message } = error as Error & { code?: unknown };
    const fail = (says: string, passes: boolean) =>
      new SourceFailed(`${nameOf(server)} ${says}`, { passes, cause: error });
    if (code === NO_SUCH_FILE) throw fail(`has no ${path}`, false);
    if (code === PERMISSION_DENIED) throw fail(`does not let ${server.user} read ${path}`, false);
    throw fail(`does not give ${path}: ${printable(message)}`, true);
  }
}
