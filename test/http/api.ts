import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { Response } from 'light-my-request';
import { pino } from 'pino';
import { ringOf, type KeyRing } from '../../src/access/secrets/key-ring.ts';
import type { Role } from '../../src/domain/roles.ts';
import { addSupplierSecret } from '../../src/access/supplier-secrets.ts';
import { createToken } from '../../src/access/tokens.ts';
import { closeServerDatabases, openServerDatabases } from '../../src/database/server-databases.ts';
import { itemIdOf } from '../../src/domain/identity.ts';
import { normalizeSku } from '../../src/domain/normalize.ts';
import type { Micros } from '../../src/domain/time.ts';
import { createServer } from '../../src/http/create-server.ts';
import type { ServerDependencies } from '../../src/http/dependencies.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { signMessage } from '../../src/standard-webhooks/sign-message.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';

/** The tests' present. */
export const NOW: Micros = 1_780_308_000_000_000n;

export const TENANT = 'canary';
export const SUPPLIER = 'acme';

export interface SendOptions {
  tenant?: string;
  supplier?: string;
  type?: string;
  id?: string;
  secret?: Buffer;
  /** Added to the signed ones, or in place of them; undefined takes one away. */
  headers?: Record<string, string | undefined>;
}

export interface Api extends Pick<TestDatabase, 'url' | 'urlOf' | 'pools' | 'sql' | 'database'> {
  app: FastifyInstance;
  secretsKeys: KeyRing;
  /** The supplier's, as bytes and as it is shown. */
  secret: Buffer;
  shownSecret: string;
  /** What the server logged. */
  lines: Record<string, unknown>[];
  /** The server's present, to be moved by a test. */
  clock: { now: Micros };
  /** Signs and posts a body; anything but a string or bytes is sent as JSON. */
  send(body: unknown, options?: SendOptions): Promise<Response>;
  signed(body: string | Buffer, options?: SendOptions): Record<string, string>;
  /** Of the role supplier, for the tests' own supplier unless another is given. */
  token(role: Role, tenant?: string, supplier?: string): Promise<string>;
  get(url: string, token?: string): Promise<Response>;
  /** Really listens, and says where. */
  listen(): Promise<number>;
  /** How many events the ledger holds. */
  stored(): Promise<number>;
  close(): Promise<void>;
}

/** Sends an event and decides it, as the event's workflow would. */
export async function saveItem(
  api: Api,
  event: { id: string; sku: string; quantity: number; updatedAt: string },
): Promise<void> {
  const answer = await api.send(event);
  if (answer.statusCode !== 202) throw new Error(answer.body);
  const sku = normalizeSku(event.sku);
  await api.sql(
    'SELECT save_catalog_item(seq, $1, $2, NULL) FROM supplier_event WHERE tenant_id = $3 AND event_id = $4',
    [itemIdOf(TENANT, sku), sku, TENANT, event.id],
  );
}

let messages = 0;

/** An API with one open tenant and supplier on a database of its own. */
export async function startApi(more: Partial<ServerDependencies> = {}): Promise<Api> {
  const test = await testDatabase();
  const { database } = test;
  const secretsKeys = ringOf(randomBytes(32));
  const clock = { now: NOW };
  const { log, lines } = memoryLog();
  const app = createServer({
    databases: test.pools(),
    secretsKeys,
    log,
    now: () => clock.now,
    publicUrl: 'http://console.test',
    ...more,
  });
  await openTenant(database, TENANT, [SUPPLIER]);
  const shownSecret = await addSupplierSecret(database, secretsKeys, TENANT, SUPPLIER);
  const secret = parseSecret(shownSecret);

  const signed: Api['signed'] = (body, options = {}) => {
    messages += 1;
    const headers = {
      'content-type': options.type ?? 'application/json',
      ...signMessage({
        id: options.id ?? `msg_${messages}`,
        timestampSeconds: Number(clock.now / 1_000_000n),
        body,
        secret: options.secret ?? secret,
      }),
      ...options.headers,
    };
    return Object.fromEntries(
      Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  };

  return {
    ...test,
    app,
    secretsKeys,
    secret,
    shownSecret,
    lines,
    clock,
    signed,
    send: (body, options = {}) => {
      const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
      return app.inject({
        method: 'POST',
        url: eventsPath(options),
        headers: signed(payload, options),
        payload,
      });
    },
    token: async (role, tenant, supplier) => {
      const { id, token, hash } = createToken();
      const own = role === 'supplier' && { tenantId: tenant ?? TENANT, supplierId: supplier ?? SUPPLIER };
      await database.apiToken.create({
        data: {
          ...{ id, name: `${role} of the tests`, role, tokenHash: hash, tenantId: tenant ?? null },
          ...own,
        },
      });
      return token;
    },
    get: (url, token) =>
      app.inject({
        method: 'GET',
        url,
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      }),
    listen: async () => {
      await app.listen({ host: '127.0.0.1', port: 0 });
      return (app.server.address() as AddressInfo).port;
    },
    stored: () => database.supplierEvent.count(),
    close: async () => {
      await app.close();
      await test.drop();
    },
  };
}

export function eventsPath({ tenant = TENANT, supplier = SUPPLIER }: SendOptions = {}): string {
  return `/v1/tenants/${tenant}/suppliers/${supplier}/events`;
}

/** A server whose PostgreSQL is somewhere else; `url` names where. */
export function apiOn(url: string): { app: FastifyInstance; close: () => Promise<void> } {
  const databases = openServerDatabases(url);
  const secretsKeys = ringOf(randomBytes(32));
  const app = createServer({ databases, secretsKeys, log: memoryLog().log, now: () => NOW });
  return {
    app,
    close: async () => {
      await app.close();
      await closeServerDatabases(databases);
    },
  };
}

function memoryLog(): { log: FastifyBaseLogger; lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { log, lines };
}
