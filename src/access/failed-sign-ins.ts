import { writeAudit } from '../database/audit.ts';
import type { Database } from '../database/client.ts';
import type { Door } from '../domain/origin.ts';
import { addressKey } from '../process/address-key.ts';
import { claimedTokenId, type TokenEnd } from './tokens.ts';

/** So many are written down in a minute of one address or network, and of all: nobody fills the disk by being refused. */
const OF_AN_ADDRESS = 10;
const OF_ALL = 100;
const MINUTE_MS = 60_000;

export interface FailedSignIn extends Door {
  /** What refused: a request with a token, the console's sign-in, or another way in. */
  where: 'api' | 'console' | 'single sign-on';
  /** What was sent in place of a token; only an id that it may hold is kept. */
  token?: string | undefined;
  /** It was a good token once. */
  ended?: TokenEnd;
}

/**
 * Writes attempts with a wrong token or link into the audit list, a bounded number a minute: then one entry says that
 * there were more. Nobody waits for it, and no answer depends on it.
 *
 * @param onFailure told when the entry cannot be written
 */
export function auditFailedSignIns(
  database: Database,
  onFailure: (error: unknown) => void,
  clock: () => number = () => performance.now(),
): (failed: FailedSignIn) => void {
  let since = clock();
  let all = 0;
  const counts = new Map<string, number>();
  return (failed) => {
    if (clock() - since >= MINUTE_MS) {
      since = clock();
      all = 0;
      counts.clear();
    }
    if (all > OF_ALL) return;
    const address = addressKey(failed.address ?? undefined);
    const count = (counts.get(address) ?? 0) + 1;
    if (count > OF_AN_ADDRESS + 1) return;
    counts.set(address, count);
    all += 1;
    write(database, failed, moreOf(count, all)).catch(onFailure);
  };
}

function moreOf(count: number, all: number): string | undefined {
  if (all > OF_ALL) return `more than ${OF_ALL} in a minute: the others of this minute are not written down`;
  if (count <= OF_AN_ADDRESS) return undefined;
  return `more than ${OF_AN_ADDRESS} in a minute from this address: its others of this minute are not written down`;
}

async function write(
  database: Database,
  { where, token, ended, requestId, address }: FailedSignIn,
  more: string | undefined,
): Promise<void> {
  const claimed = more === undefined && token !== undefined ? claimedTokenId(token) : undefined;
  await writeAudit(database, {
    ...{ tenant: null, actor: 'nobody', action: 'signin.refused', subject: where, reason: more },
    origin: { principal: { kind: 'nobody', name: 'nobody' }, tokenId: null, requestId, address },
    ...(claimed !== undefined && { after: { claimedToken: claimed, ...(ended !== undefined && { ended }) } }),
  });
}
