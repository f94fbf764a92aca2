import { verifyHeaders, verifyMessage } from '../standard-webhooks/verify-message.ts';
import { createHash } from 'node:crypto';
import { verifyCertificate } from './certificate.ts';
import { judgeHmac, verifyHmac } from './hmac.ts';
import { verifyBasic, verifyBearer } from './password.ts';
import { theHeader, type Judged, type Presented, type Refused } from './presented.ts';
import type { Scheme, SchemeKind } from './scheme.ts';

/** What a sender proves itself by: its scheme, and all secrets that are active, several during a rotation. */
export interface Proof {
  scheme: Scheme;
  secrets: readonly Buffer[];
}

export type Verified =
  | {
      ok: true;
      /** Names the message, where that is signed too. */
      signedId: string | undefined;
      /** The same of what is sent again, and of nothing else, as far as what is signed can say so. */
      sending: string | undefined;
    }
  | Refused;

/** Judges a request before its body has come, as far as that goes: all of it, where the body is not signed. */
export function judgeHead({ scheme, secrets }: Proof, presented: Presented): Judged {
  switch (scheme.scheme) {
    case 'standard':
      return verifyHeaders({ headers: presented.headers, nowSeconds: secondsOf(presented) });
    case 'hmac':
      return judgeHmac(scheme, presented);
    case 'basic':
      return verifyBasic(scheme.user ?? '', presented, secrets);
    case 'bearer':
      return verifyBearer(presented, secrets);
    case 'mtls':
      return verifyCertificate(scheme.certificates, presented);
  }
}

/** @param body the bytes as they arrived */
export function verifyRequest(proof: Proof, presented: Presented, body: Buffer): Verified {
  const { scheme, secrets } = proof;
  const { headers } = presented;
  if (scheme.scheme === 'standard') {
    const judged = verifyMessage({ headers, body, secrets, nowSeconds: secondsOf(presented) });
    const id = String(headers['webhook-id']);
    return judged.ok ? { ok: true, signedId: id, sending: id } : judged;
  }
  const judged =
    scheme.scheme === 'hmac' ? verifyHmac(scheme, presented, body, secrets) : judgeHead(proof, presented);
  return judged.ok ? { ok: true, signedId: undefined, sending: sendingOf(scheme, presented, body) } : judged;
}

/** By the time that is signed with a body, where one is. */
function sendingOf(scheme: Scheme, presented: Presented, body: Buffer): string | undefined {
  if (scheme.scheme !== 'hmac' || scheme.timestamp === null) return undefined;
  const time = theHeader(presented, scheme.timestamp.header);
  return time.ok ? `${time.value} ${createHash('sha256').update(body).digest('hex')}` : undefined;
}

/** Whether a scheme goes by secrets; without any, nobody gets in. */
export function needsSecret(kind: SchemeKind): boolean {
  return kind !== 'mtls';
}

function secondsOf({ now }: Presented): number {
  return Number(now / 1_000_000n);
}
