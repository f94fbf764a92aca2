import { randomUUID } from 'node:crypto';
import { activeSecrets } from '../../../src/access/supplier-secrets.ts';
import { readSettings } from '../../../src/config/settings.ts';
import { openDatabase } from '../../../src/database/client.ts';
import { microsOf } from '../../../src/domain/time.ts';
import { addSupplier } from '../../../src/flags/suppliers.ts';
import { addTenant } from '../../../src/flags/tenants.ts';
import { loadSecretsKeys } from '../../../src/access/secrets/load-keys.ts';
import { signMessage } from '../../../src/standard-webhooks/sign-message.ts';
import type { Place, RunningStart } from './start.ts';

/** A supplier of an open tenant that posts to the running API. */
export interface Sender {
  tenant: string;
  supplier: string;
  /** Signs and posts a body. */
  post(body: unknown, headers?: Record<string, string>): Promise<{ status: number; body: Receipts }>;
}

export interface Receipts {
  results: { eventId: string; workflowId: string; status: string }[];
}

/** Makes an open tenant, unless it is there, and open suppliers for it. */
export async function openSenders(
  place: Place,
  { urls }: RunningStart,
  tenant: string,
  suppliers: readonly string[],
): Promise<Sender[]> {
  const database = openDatabase(urls.database, { connections: 2 });
  const by = { actor: 'system test', reason: 'system test' };
  try {
    const key = await loadSecretsKeys({ settings: readSettings({ DATA_DIR: place.dataDir }) });
    if (!(await database.tenant.findUnique({ where: { id: tenant } }))) {
      await addTenant(database, { ...by, tenant, state: 'open' });
    }
    const senders: Sender[] = [];
    for (const supplier of suppliers) {
      await addSupplier(database, key, { ...by, tenant, supplier, state: 'open' });
      const [secret] = await activeSecrets(database, key, tenant, supplier, microsOf(new Date()));
      if (!secret) throw new Error(`${supplier} has no secret`);
      senders.push(senderOf(urls, tenant, supplier, secret));
    }
    return senders;
  } finally {
    await database.$disconnect();
  }
}

/** One that signs with a secret at hand. */
export function senderOf(
  { api }: RunningStart['urls'],
  tenant: string,
  supplier: string,
  secret: Buffer,
): Sender {
  const url = `${api}/v1/tenants/${tenant}/suppliers/${supplier}/events`;
  return { tenant, supplier, post: (body, headers) => post(url, secret, body, headers) };
}

async function post(
  url: string,
  secret: Buffer,
  content: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Receipts }> {
  const body = Buffer.from(JSON.stringify(content));
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      ...signMessage({ id: `msg_${randomUUID()}`, timestampSeconds, body, secret }),
    },
    body,
  });
  return { status: response.status, body: (await response.json()) as Receipts };
}
