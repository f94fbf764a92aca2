import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export type User = { uid: number; gid: number; name: string };

/** How to start a program as that user: the command to use, and the ids to spawn it with. */
export type Launcher = {
  user: User | undefined;
  wrap(
    command: string,
    args: readonly string[],
  ): { command: string; args: string[]; uid?: number; gid?: number };
};

/**
 * PostgreSQL refuses to run as root. So root hands it to the owner of the data folder if it is somebody else already,
 * else to `postgres`, else to `nobody`; everybody else runs it as oneself.
 *
 * A clone may lie below a folder that only root may enter. setpriv can let the other user through all the same, by
 * passing on the one capability that this takes; where setpriv can not do that, the ids are changed plainly.
 */
export async function launcherFor(dataDir: string): Promise<Launcher> {
  if (process.getuid?.() !== 0) {
    return { user: undefined, wrap: (command, args) => ({ command, args: [...args] }) };
  }
  const user = ownerOf(dataDir) ?? (await findUser('postgres')) ?? (await findUser('nobody'));
  if (user === undefined) {
    throw new Error(
      'PostgreSQL does not run as root, and there is no user postgres or nobody to run it as: ' +
        'start as an ordinary user, or set DATABASE_URL',
    );
  }
  const { uid, gid } = user;
  const setpriv = [
    '--securebits=+no_setuid_fixup',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=+dac_override',
    '--ambient-caps=+dac_override',
    '--',
  ];
  if (await runs('setpriv', [...setpriv, 'true'])) {
    return { user, wrap: (command, args) => ({ command: 'setpriv', args: [...setpriv, command, ...args] }) };
  }
  return { user, wrap: (command, args) => ({ command, args: [...args], uid, gid }) };
}

function ownerOf(folder: string): User | undefined {
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? { uid: 0, gid: 0 };
  return uid === 0 ? undefined : { uid, gid, name: `with the id ${uid}` };
}

async function findUser(name: string): Promise<User | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      exec('id', ['-u', name]).then(({ stdout }) => Number(stdout)),
      exec('id', ['-g', name]).then(({ stdout }) => Number(stdout)),
    ]);
    return { uid, gid, name };
  } catch {
    return undefined;
  }
}

async function runs(command: string, args: string[]): Promise<boolean> {
  try {
    await exec(command, args, { cwd: '/' });
    return true;
  } catch {
    return false;
  }
}
