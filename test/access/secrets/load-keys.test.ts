import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import { loadSecretsKeys, SecretsKeyError } from '../../../src/access/secrets/load-keys.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'secrets-key-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the key of the secrets', () => {
  it('is SECRETS_KEY if that is set', async () => {
    const key = Buffer.alloc(32, 5);
    const settings = { SECRETS_KEY: key.toString('base64'), DATA_DIR: folder };
    expect(await loadSecretsKeys({ settings, create: true })).toEqual(ringOf(key));
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is made once, readable by its owner only, and found again', async () => {
    const settings = { DATA_DIR: path.join(folder, 'new') };
    const key = await loadSecretsKeys({ settings, create: true });
    expect(key[0].bytes).toHaveLength(32);
    expect(await loadSecretsKeys({ settings, create: true })).toEqual(key);
    expect(await loadSecretsKeys({ settings })).toEqual(key);
    expect(readdirSync(settings.DATA_DIR)).toEqual(['secrets.key']);
    expect(statSync(path.join(settings.DATA_DIR, 'secrets.key')).mode & 0o777).toBe(0o600);
  });

  it('is the same for all that start at once', async () => {
    const settings = { DATA_DIR: folder };
    const keys = await Promise.all(
      Array.from({ length: 10 }, () => loadSecretsKeys({ settings, create: true })),
    );
    expect(new Set(keys.map(([key]) => key.bytes.toString('hex'))).size).toBe(1);
    expect(readdirSync(folder)).toEqual(['secrets.key']);
  });

  it('is not made without being asked for, and the error says what to do', async () => {
    await expect(loadSecretsKeys({ settings: { DATA_DIR: folder } })).rejects.toThrow(
      /set SECRETS_KEYS .* DATA_DIR/,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    '',
    'short',
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    '!'.repeat(44),
  ])('is refused, and never replaced, when the file holds %j', async (content) => {
    const file = path.join(folder, 'secrets.key');
    writeFileSync(file, content);
    await expect(loadSecretsKeys({ settings: { DATA_DIR: folder }, create: true })).rejects.toThrow(
      SecretsKeyError,
    );
    expect(readFileSync(file, 'utf8')).toBe(content);
  });

  it('cannot be made where a file stands in the way', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await expect(loadSecretsKeys({ settings: { DATA_DIR: file }, create: true })).rejects.toThrow(
      SecretsKeyError,
    );
  });
});
