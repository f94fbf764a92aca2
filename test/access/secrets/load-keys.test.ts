import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ringOf, textOf } from '../../../src/access/secrets/key-ring.ts';
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

  it('are several, the first of which writes: of SECRETS_KEYS, and of the file in DATA_DIR', async () => {
    const [one, two] = [randomBytes(32), randomBytes(32)];
    const [oneText, twoText] = [one.toString('base64'), two.toString('base64')];
    const ring = ringOf(one, two);
    const file = (name: string, content: string): string => {
      writeFileSync(path.join(folder, name), content);
      return path.join(folder, name);
    };
    const load = (settings: object) => loadSecretsKeys({ settings: { DATA_DIR: folder, ...settings } });
    expect(await load({ SECRETS_KEYS: `${oneText}, ${twoText}` })).toEqual(ring);
    expect(await load({ SECRETS_KEYS: textOf(ring) })).toEqual(ring);
    expect(await load({ SECRETS_KEYS: `# new\n${oneText}\n# old\n${twoText}\n` })).toEqual(ring);
    file('secrets.key', `${oneText}\n${twoText}\n`);
    expect(await load({})).toEqual(ring);
  });

  it('have one source, and stand there once', async () => {
    const text = randomBytes(32).toString('base64');
    const load = (settings: object) => loadSecretsKeys({ settings: { DATA_DIR: folder, ...settings } });
    await expect(load({ SECRETS_KEYS: text, SECRETS_KEY: text })).rejects.toThrow(
      'SECRETS_KEYS and SECRETS_KEY are set: set one of them.',
    );
    await expect(load({ SECRETS_KEYS: `${text} ${text}` })).rejects.toThrow(/twice/);
  });

  it('are kept from others, however the file came there', async () => {
    const file = path.join(folder, 'secrets.key');
    writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o644 });
    await loadSecretsKeys({ settings: { DATA_DIR: folder }, create: true });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});
