import { bearerTokenOf } from '../process/bearer-token.ts';
import { decodeBase64 } from '../standard-webhooks/base64.ts';
import { isOneOf } from './constant-time.ts';
import { refuse, theHeader, type Judged, type Presented } from './presented.ts';

/** `Authorization: Basic …` (RFC 7617): the user's name, and one of the secrets as its password. */
export function verifyBasic(user: string, presented: Presented, secrets: readonly Buffer[]): Judged {
  const challenge = 'Basic realm="deliveries", charset="UTF-8"';
  const sent = theHeader(presented, 'authorization');
  if (!sent.ok) return refuse(sent.reason, challenge);
  const pair = decodeBase64(/^Basic +([^ ]+)$/i.exec(sent.value)?.[1] ?? '');
  if (!pair?.includes(':')) {
    return refuse('authorization is not Basic with a user and a password in base64', challenge);
  }
  const expected = secrets.map((secret) => Buffer.concat([Buffer.from(`${user}:`), secret]));
  return isOneOf(pair, expected) ? { ok: true } : refuse('no user and password match', challenge);
}

/** `Authorization: Bearer …` (RFC 6750): one of the secrets. */
export function verifyBearer(presented: Presented, secrets: readonly Buffer[]): Judged {
  const sent = theHeader(presented, 'authorization');
  if (!sent.ok) return refuse(sent.reason, 'Bearer');
  const token = bearerTokenOf(sent.value);
  if (token === undefined) return refuse('authorization is not a bearer token', 'Bearer');
  if (isOneOf(Buffer.from(token, 'latin1'), secrets)) return { ok: true };
  return refuse('no token matches', 'Bearer error="invalid_token"');
}
