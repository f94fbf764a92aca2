import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { Provider } from 'oidc-provider';
import { parseGroupRoles } from '../../src/config/group-roles.ts';
import type { SingleSignOn } from '../../src/config/single-sign-on.ts';
import { CALLBACK } from '../../src/access/single-sign-on/issuer.ts';

export interface TestIssuer {
  url: string;
  /** By name, which groups a person is in; anybody else is in none. */
  groups: Record<string, string[]>;
  /** How a console at this address signs in here. */
  settings(publicUrl: string, groups: string): SingleSignOn;
  close(): Promise<void>;
}

const CLIENT = 'catalog-sync';

/**
 * An OpenID provider that lets anybody in under any name and password.
 *
 * @param publicUrl where it leads people back to
 * @param options.inIdToken whether the ID token itself holds groups and address, as some issuers have it
 */
export async function openIssuer(
  publicUrl: string,
  options: { inIdToken?: boolean } = {},
): Promise<TestIssuer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const groups: TestIssuer['groups'] = {};
  const secret = randomBytes(24).toString('base64url');
  const provider = new Provider(url, {
    clients: [
      {
        client_id: CLIENT,
        client_secret: secret,
        redirect_uris: [new URL(CALLBACK, publicUrl).href],
        response_types: ['code'],
        grant_types: ['authorization_code'],
      },
    ],
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: options.inIdToken !== true,
    ttl: {
      Interaction: 600,
      Session: 600,
      Grant: 600,
      AccessToken: 600,
      IdToken: 600,
      AuthorizationCode: 60,
    },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    findAccount: (_context: unknown, id: string) => ({
      accountId: id,
      claims: () => ({
        sub: id,
        name: 'Somebody Else',
        email: `${id}@example.test`,
        email_verified: true,
        groups: groups[id] ?? [],
      }),
    }),
  });
  server.on('request', provider.callback());
  return {
    url,
    groups,
    settings: (where, mapping) => ({
      issuer: new URL(url),
      clientId: CLIENT,
      clientSecret: secret,
      scopes: 'openid profile email',
      groupsClaim: 'groups',
      roles: parseGroupRoles(mapping),
      publicUrl: where,
    }),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
