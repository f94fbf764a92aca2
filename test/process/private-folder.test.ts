import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ensurePrivateFolder, FolderNotPrivateError } from '../../src/process/private-folder.ts';

const isOurs = (names: readonly string[]): boolean => names.includes('run.json');

function place(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-private-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const modeOf = (folder: string): string => (statSync(folder).mode & 0o7777).toString(8);

it('makes a folder that its owner alone may enter, whatever the umask', () => {
  const before = process.umask(0);
  onTestFinished(() => void process.umask(before));
  const folder = path.join(place(), 'a', 'data');
  expect(ensurePrivateFolder(folder, isOurs)).toMatch(/data$/);
  expect(modeOf(folder)).toBe('700');
});

it.each([0o755, 0o750, 0o777, 0o711])(
  'mends one of ours that others may enter (%o), through a link too',
  (mode) => {
    const root = place();
    const folder = path.join(root, 'data');
    mkdirSync(folder);
    writeFileSync(path.join(folder, 'run.json'), '{}');
    chmodSync(folder, mode);
    symlinkSync(folder, path.join(root, 'link'));
    expect(ensurePrivateFolder(path.join(root, 'link'), isOurs)).toBe(ensurePrivateFolder(folder, isOurs));
    expect(modeOf(folder)).toBe('700');
  },
);

it.each([
  ['with other things in it', 0o755, 'holiday.jpg'],
  ['for everybody, as /tmp is', 0o1777, 'run.json'],
])('leaves a folder %s as it is, and says what to do', (_what, mode, file) => {
  const folder = place();
  writeFileSync(path.join(folder, file), '');
  chmodSync(folder, mode);
  expect(() => ensurePrivateFolder(folder, isOurs)).toThrow(FolderNotPrivateError);
  expect(() => ensurePrivateFolder(folder, isOurs)).toThrow(/mode 1?7[57]{2}.*give a DATA_DIR of its own/);
  expect(modeOf(folder)).toBe(mode.toString(8));
});

it('leaves one alone that is private, whatever it holds', () => {
  const folder = place();
  writeFileSync(path.join(folder, 'holiday.jpg'), '');
  ensurePrivateFolder(folder, isOurs);
  expect(modeOf(folder)).toBe('700');
});
