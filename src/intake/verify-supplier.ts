import { randomBytes } from 'node:crypto';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { loadSupplierAccess } from '../access/supplier-secrets.ts';
import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import {
  verifyMessage,
  type MessageHeaders,
  type SignatureFault,
} from '../standard-webhooks/verify-message.ts';

export interface SignedRequest {
  tenant: string;
  supplier: string;
  headers: MessageHeaders;
  /** As they arrived. */
  body: Buffer;
  now: Micros;
}

export type VerifiedSupplier =
  { ok: true; rateLimitPerMinute: number | null } | { ok: false; reason: SignatureFault };

/** Nobody knows it, so nothing matches it. */
const NOBODYS_SECRET = randomBytes(32);

/**
 * Says whether a request is signed by the supplier that it names. For an unknown tenant or supplier the answer, and
 * the work for it, is that for a wrong signature: nobody can find out who supplies whom.
 */
export async function verifySupplier(
  database: Database,
  keys: KeyRing,
  request: SignedRequest,
): Promise<VerifiedSupplier> {
  const access = await loadSupplierAccess(database, keys, request.tenant, request.supplier, request.now);
  const verified = verifyMessage({
    headers: request.headers,
    body: request.body,
    secrets: access?.secrets.length ? access.secrets : [NOBODYS_SECRET],
    nowSeconds: Number(request.now / 1_000_000n),
  });
  if (!verified.ok) return verified;
  return { ok: true, rateLimitPerMinute: access?.rateLimitPerMinute ?? null };
}
