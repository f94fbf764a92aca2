import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, SETTING_NAMES, SettingsError } from '../../src/config/settings.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/settings.md'), 'utf8');

describe('settings', () => {
  it('are all on their page, and nothing else is', () => {
    const documented = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name]) => name);
    expect(new Set(documented)).toEqual(new Set(SETTING_NAMES));
  });

  it('take an empty variable for one that is not set', () => {
    expect(readSettings({ PORT: '' })).toMatchObject({ PORT: 8080, HOST: '127.0.0.1', DATA_DIR: '.data' });
  });

  it.each(['javascript:alert(1)', 'file:///etc/passwd', 'ftp://host/'])(
    'take no link of people that is no web page: %s',
    (address) => {
      expect(() => readSettings({ TEMPORAL_UI_URL: address })).toThrow(/TEMPORAL_UI_URL/);
    },
  );

  it('believe a client certificate of proxies that are named, and of nobody else', () => {
    expect(readSettings({ MTLS_HEADER: 'X-Client-Cert', TRUST_PROXY: '10.0.0.5' })).toMatchObject({
      MTLS_HEADER: 'x-client-cert',
    });
    expect(() => readSettings({ MTLS_HEADER: 'x-client-cert' })).toThrow(/MTLS_HEADER.*TRUST_PROXY/);
    expect(() => readSettings({ MTLS_HEADER: 'x cert', TRUST_PROXY: '10.0.0.5' })).toThrow(/MTLS_HEADER/);
  });

  it('name every fault at once, and quote no secret', () => {
    const read = (): unknown =>
      readSettings({
        PORT: '70000',
        LOG_LEVEL: 'loud',
        DATABASE_URL: 'mysql://me:hidden@host',
        SECRETS_KEY: 'c2hvcnQ=',
      });
    expect(read).toThrow(SettingsError);
    expect(read).toThrow(/PORT.*\n.*DATABASE_URL.*\n.*SECRETS_KEY.*\n.*LOG_LEVEL/);
    expect(read).not.toThrow(/hidden|c2hvcnQ/);
  });
});
