import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { STANDARD } from '../../schemes/scheme.ts';
import { parseSecret } from '../../standard-webhooks/secret.ts';
import { addressBelow } from '../../storefront/address.ts';
import { CommandError, usageError } from '../errors.ts';
import { postEvent } from '../send/post-event.ts';
import { provenRequest } from '../send/proven-request.ts';

/** More items than the signal of publish errors wants answers for: each is told of at once. */
export const ITEMS = 260;
const EVERY_MS = 2_000;
const AT_A_TIME = 3;

/** A supplier of a rehearsal, as its own program would know it. */
export interface RehearsalSupplier {
  tenant: string;
  supplier: string;
  /** `whsec_…` */
  secret: string;
}

/** Sends a figure of each of some items, signed, as suppliers do. @throws CommandError where it is not taken */
export async function sendFigures(
  base: string,
  { tenant, supplier, secret }: RehearsalSupplier,
  { first, count }: { first: number; count: number },
): Promise<void> {
  const url = addressBelow(base, 'v1', 'tenants', tenant, 'suppliers', supplier, 'events');
  if (!url) throw usageError('--url has to be an http(s) address without user and password.');
  const updatedAt = new Date().toISOString();
  const events = Array.from({ length: count }, (_, no) => ({
    id: `rehearsal-${randomUUID()}`,
    sku: `${supplier}-${(first + no) % ITEMS}`.toUpperCase(),
    quantity: 1 + Math.floor(Math.random() * 500),
    updatedAt,
  }));
  const proof = { supplier, scheme: STANDARD, secret: parseSecret(secret) };
  const answer = await postEvent(
    provenRequest(url, JSON.stringify(events), { id: `msg-${randomUUID()}`, proof, client: undefined }),
  );
  if (answer.status === 202) return;
  throw new CommandError(
    `The server at ${url.origin} does not take events (${answer.status}): ${answer.problem?.detail ?? 'it is no catalog-sync'}`,
  );
}

/** Figures of all suppliers, now and then, until the signal; a delivery that fails is the next one's to make up for. */
export async function keepSending(
  base: string,
  suppliers: readonly RehearsalSupplier[],
  signal: AbortSignal,
  onFault: (error: unknown) => void,
): Promise<void> {
  for (let first = 0; !signal.aborted; first += AT_A_TIME) {
    for (const supplier of suppliers) {
      await sendFigures(base, supplier, { first, count: AT_A_TIME }).catch(onFault);
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
