import { describe, expect, it } from 'vitest';
import { loadSingleSignOn } from '../../src/access/single-sign-on/load.ts';
import { readSettings } from '../../src/config/settings.ts';

const WHOLE = {
  PUBLIC_URL: 'https://sync.example.com/',
  OIDC_ISSUER: 'https://id.example.com/realm',
  OIDC_CLIENT_ID: 'catalog-sync',
  OIDC_CLIENT_SECRET: 'hush',
  OIDC_GROUPS: 'admins=admin',
};

const faultsOf = (environment: Record<string, string>): string[] => {
  try {
    readSettings(environment);
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
};

describe('single sign-on', () => {
  it('is off unless it is set, and then is what was set', () => {
    expect(loadSingleSignOn(readSettings({}))).toBeUndefined();
    expect(loadSingleSignOn(readSettings(WHOLE))).toEqual({
      issuer: new URL('https://id.example.com/realm'),
      clientId: 'catalog-sync',
      clientSecret: 'hush',
      scopes: 'openid profile email',
      groupsClaim: 'groups',
      roles: [{ group: 'admins', role: 'admin', tenant: null }],
      publicUrl: 'https://sync.example.com',
    });
  });

  it('names everything that is missing, and quotes no secret', () => {
    expect(faultsOf({ OIDC_ISSUER: 'https://id.example.com', PORT: '70000' })).toEqual([
      expect.stringMatching(/^PORT: /),
      'OIDC_CLIENT_ID: is needed with OIDC_ISSUER',
      'OIDC_GROUPS: is needed with OIDC_ISSUER',
      'PUBLIC_URL: is needed with OIDC_ISSUER',
    ]);
    expect(faultsOf({ OIDC_CLIENT_SECRET: 'hush', OIDC_GROUPS: 'a=admin' })).toEqual([
      'OIDC_ISSUER: is needed with OIDC_CLIENT_SECRET, OIDC_GROUPS',
    ]);
  });

  it.each([
    ['OIDC_ISSUER', 'http://id.example.com'],
    ['OIDC_ISSUER', 'nonsense'],
    ['OIDC_SCOPES', 'profile'],
    ['OIDC_GROUPS', 'admins'],
    ['PUBLIC_URL', 'http://sync.example.com'],
    ['PUBLIC_URL', 'https://sync.example.com/below'],
    ['PUBLIC_URL', 'https://me:secret@sync.example.com'],
    ['PUBLIC_URL', 'sync.example.com'],
    ['PUBLIC_URL', 'https://'],
    ['ALLOWED_HOSTS', 'https://server'],
    ['SESSION_IDLE_MINUTES', '4'],
    ['SESSION_IDLE_MINUTES', '721'],
  ])('and what belongs to it refuses %s=%s', (name, value) => {
    expect(faultsOf({ ...WHOLE, [name]: value })).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
  });

  it('may be asked without TLS on this machine', () => {
    const here = { ...WHOLE, OIDC_ISSUER: 'http://127.0.0.1:3000', PUBLIC_URL: 'http://localhost:8080' };
    expect(faultsOf(here)).toEqual([]);
  });
});
