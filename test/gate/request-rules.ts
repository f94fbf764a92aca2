import type { LoggedRequest } from '../../src/demo-storefront/request-log.ts';
import type { RolledBack } from '../../src/gate/roll-back.ts';
import type { Entry } from './journal.ts';

const versionOf = (itemId: unknown, version: unknown): string =>
  `${String(itemId)} version ${String(version)}`;
/** The log knows milliseconds, the journal microseconds. */
const microsAfter = ({ receivedAt }: LoggedRequest): number => Date.parse(receivedAt) * 1000 + 999;
const microsBefore = ({ receivedAt }: LoggedRequest): number => Date.parse(receivedAt) * 1000;

/**
 * Holds what the storefront heard against the attempts that the database let begin, and against what each rollback
 * said was still under way.
 *
 * @returns a line for each thing that is wrong
 */
export function wrongRequests(
  entries: readonly Entry[],
  requests: readonly LoggedRequest[],
  rollbacks: readonly { reason: string; answer: RolledBack }[],
): string[] {
  const attempts = new Map<string, Entry[]>();
  for (const entry of entries) {
    if (entry.what !== 'publish_attempt') continue;
    const version = versionOf(entry.row['item_id'], entry.row['version']);
    attempts.set(version, [...(attempts.get(version) ?? []), entry]);
  }
  const wrong: string[] = [];
  const heard = new Map<string, number>();
  for (const request of requests) {
    const version = versionOf(request.itemId, request.version);
    if (request.answer === 'unsigned' || request.answer === 'malformed')
      wrong.push(`${version}: ${request.answer}`);
    const nth = heard.get(version) ?? 0;
    heard.set(version, nth + 1);
    const begun = attempts.get(version)?.[nth];
    if (!begun || begun.at > microsAfter(request))
      wrong.push(`${version} was told without an attempt for it`);
  }
  for (const { reason, answer } of rollbacks) {
    const closed = entries.find(
      ({ what, row }) =>
        what === 'audit_entry' && row['action'] === 'gate.rollback' && row['reason'] === reason,
    );
    // It was closed already.
    if (!closed) continue;
    const until =
      entries.find((entry) => entry.no > closed.no && opens(entry, answer.supplier))?.at ?? Infinity;
    const left = answer.sending.map(({ itemId, version }) => versionOf(itemId, version));
    for (const request of requests) {
      if (microsBefore(request) <= closed.at || microsAfter(request) >= until) continue;
      const version = versionOf(request.itemId, request.version);
      const maker = attempts.get(version)?.[0]?.row['supplier_id'];
      if (answer.supplier !== null && maker !== answer.supplier) continue;
      const listed = left.indexOf(version);
      if (listed === -1) wrong.push(`${version} was told after rollback "${reason}", which did not list it`);
      else left.splice(listed, 1);
    }
  }
  return wrong;
}

function opens({ what, row }: Entry, supplier: string | null): boolean {
  return supplier === null
    ? what === 'tenant' && row['state'] !== 'closed'
    : what === 'supplier' && row['id'] === supplier && row['state'] === 'open';
}
