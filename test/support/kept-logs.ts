import {
  closeSync,
  cpSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';

/** Of this test file; others may have run in the process before. Each has its logs in `logs`, as a data folder of the product has. */
const folders = new Set<string>();
const discarded = new Set<string>();
const texts = new Map<string, { read: () => string; forget?: (() => void) | undefined }>();
let kept: string | undefined;

const MOST_KEPT = 20;
const MOST_BYTES = 2 * 1024 * 1024;
/** What a data folder has beside its logs and says how the parts ran; no secrets. */
const BESIDE = ['ports.json', 'migrations.json', 'sample-feed.json'];

/** Has the logs of a data folder kept when a test of this file fails. */
export function watchLogs(folder: string): void {
  folders.add(folder);
}

/**
 * The same for what is logged in this process.
 *
 * @param forget empties it for the next test file; without it, it is of this one only
 */
export function watchText(name: string, read: () => string, forget?: () => void): void {
  texts.set(name, { read, forget });
}

/** Removes a data folder; its logs go, or are kept, at the end of the test file. */
export function discardFolder(folder: string): void {
  discarded.add(folder);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name !== 'logs' && !BESIDE.includes(name))
      rmSync(path.join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Copies the logs of all that this test file has run, as they are now, over what was kept of it before.
 *
 * @param root where the folders of failed tests lie; of those from earlier runs, the latest stay
 * @returns the folder; undefined when nothing was logged
 */
export function keepLogs(testFile: string, root = keptLogsFolder()): string | undefined {
  const logged = [...texts]
    .map(([name, { read }]) => [name, read()] as const)
    .filter(([, text]) => text !== '');
  const found = [...folders].filter((folder) => existsSync(path.join(folder, 'logs')));
  if (found.length === 0 && logged.length === 0) return kept;
  kept ??= newFolder(root, path.basename(testFile, '.test.ts'));
  for (const folder of found) {
    const target = path.join(kept, path.basename(folder));
    mkdirSync(target, { recursive: true });
    for (const name of BESIDE) {
      if (existsSync(path.join(folder, name))) cpSync(path.join(folder, name), path.join(target, name));
    }
    for (const name of readdirSync(path.join(folder, 'logs'))) {
      writeFileSync(path.join(target, name), endOf(path.join(folder, 'logs', name)));
    }
  }
  for (const [name, text] of logged) writeFileSync(path.join(kept, `${name}.log`), text);
  return kept;
}

/** At the end of the test file, after all of it has been closed. */
export function forgetLogs(): void {
  for (const folder of discarded) rmSync(folder, { recursive: true, force: true });
  discarded.clear();
  folders.clear();
  kept = undefined;
  for (const [name, { forget }] of texts) {
    if (forget) forget();
    else texts.delete(name);
  }
}

export function keptLogsFolder(): string {
  return process.env.KEPT_LOGS ?? path.join(projectRoot(), '.test-logs');
}

function newFolder(root: string, name: string): string {
  mkdirSync(root, { recursive: true });
  const former = readdirSync(root)
    .map((entry) => path.join(root, entry))
    .toSorted((one, other) => modifiedAt(other) - modifiedAt(one));
  for (const folder of former.slice(MOST_KEPT - 1)) rmSync(folder, { recursive: true, force: true });
  const folder = path.join(
    root,
    `${name}-${new Date().toISOString().replaceAll(/[:.]/g, '-')}-${process.pid}`,
  );
  mkdirSync(folder);
  return folder;
}

/** Tests run beside each other, and another may just have removed it. */
function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function endOf(file: string): Buffer {
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const bytes = Buffer.alloc(Math.min(size, MOST_BYTES));
    return bytes.subarray(0, readSync(descriptor, bytes, 0, bytes.length, size - bytes.length));
  } finally {
    closeSync(descriptor);
  }
}
