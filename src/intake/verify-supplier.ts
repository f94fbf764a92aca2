import type { FindSupplierAccess, SupplierAccess } from '../access/supplier-secrets.ts';
import { refuse, type Presented, type Refused } from '../schemes/presented.ts';
import { STANDARD } from '../schemes/scheme.ts';
import { judgeHead, needsSecret, verifyRequest, type Verified } from '../schemes/verify.ts';

export type JudgedSender = { ok: true; access: SupplierAccess } | Refused;

/**
 * Judges a delivery before its body has come: what its supplier's scheme asks of the headers, their time, and whether
 * there is such a supplier that can prove itself at all. For an unknown tenant or supplier the answer is that of a
 * supplier with the usual scheme and a wrong signature.
 */
export async function judgeSender(
  find: FindSupplierAccess,
  sender: { tenant: string; supplier: string },
  presented: Presented,
): Promise<JudgedSender> {
  const access = await find(sender.tenant, sender.supplier, presented.now);
  const proof = access ?? { scheme: STANDARD, secrets: [] };
  const judged = judgeHead(proof, presented);
  if (!judged.ok) return judged;
  const canProve = proof.secrets.length > 0 || !needsSecret(proof.scheme.scheme);
  return access && canProve ? { ok: true, access } : refuse('no signature matches');
}

/**
 * Says whether a request comes from the supplier that it names; null: from nobody. Until then nothing is made of its
 * body, whatever that is read as afterwards.
 *
 * @param body as it arrived
 */
export function verifySupplier(access: SupplierAccess | null, presented: Presented, body: Buffer): Verified {
  return access ? verifyRequest(access, presented, body) : refuse('no signature matches');
}
