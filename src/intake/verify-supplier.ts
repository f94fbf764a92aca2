import type { FindSupplierAccess, SupplierAccess } from '../access/supplier-secrets.ts';
import type { Micros } from '../domain/time.ts';
import {
  verifyHeaders,
  verifyMessage,
  type MessageHeaders,
  type SignatureFault,
  type Verification,
} from '../standard-webhooks/verify-message.ts';

export interface Sender {
  tenant: string;
  supplier: string;
  headers: MessageHeaders;
  now: Micros;
}

export type JudgedSender = { ok: true; access: SupplierAccess } | { ok: false; reason: SignatureFault };

/**
 * Judges a delivery before its body has come: the headers of its signature, their time, and whether there is such a
 * supplier with a secret. For an unknown tenant or supplier the answer is that for a wrong signature.
 */
export async function judgeSender(find: FindSupplierAccess, sender: Sender): Promise<JudgedSender> {
  const judged = verifyHeaders({ headers: sender.headers, nowSeconds: secondsOf(sender.now) });
  if (!judged.ok) return judged;
  const access = await find(sender.tenant, sender.supplier, sender.now);
  return access?.secrets.length ? { ok: true, access } : { ok: false, reason: 'no signature matches' };
}

/** Says whether a request is signed by the supplier that it names; null: by nobody. */
export function verifySupplier(
  access: SupplierAccess | null,
  request: {
    headers: MessageHeaders;
    /** As they arrived. */
    body: Buffer;
    now: Micros;
  },
): Verification {
  return verifyMessage({
    headers: request.headers,
    body: request.body,
    secrets: access?.secrets ?? [],
    nowSeconds: secondsOf(request.now),
  });
}

function secondsOf(now: Micros): number {
  return Number(now / 1_000_000n);
}
