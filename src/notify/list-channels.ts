import type { Transaction } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import type { NotifyGauges } from '../telemetry/gauges.ts';

/** A channel, and whether what it was to be told came through. Times are RFC 3339. */
export interface ChannelListed {
  name: string;
  kind: string;
  /** Without what is secret of it. */
  to: string;
  tenant: string | null;
  owner: string | null;
  atLeast: string;
  /** What it was told of and is not over. */
  told: number;
  /** Messages that are still to be sent, and those that were refused for good or that nobody took for days. */
  waiting: number;
  givenUp: number;
  /** Why the last of those was; null: none was. */
  givenUpFor: string | null;
  /** One was given up, and nothing came through since. */
  lost: boolean;
  lastSentAt: string | null;
  /** Since when nothing comes through, and why; null: all does. */
  failingSince: string | null;
  failure: string | null;
  /** When a worker last looked at what it is to be told; null: none has. */
  lookedAt: string | null;
  /** None has for minutes: nobody is told by it. */
  unwatched: boolean;
}

interface Row extends Omit<ChannelListed, 'lastSentAt' | 'failingSince' | 'lookedAt'> {
  last_sent_us: bigint | null;
  failing_since_us: bigint | null;
  looked_at_us: bigint | null;
}

/** A round is due every 30 s; the alert waits for as long. In µs. */
const UNWATCHED_AFTER = 300_000_000n;

export async function listChannels(database: Pick<Transaction, '$queryRaw'>): Promise<ChannelListed[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT c.name, c.kind, c.shown AS to, c.tenant_id AS tenant, c.owner, c.at_least AS "atLeast",
           (SELECT count(*)::integer FROM notified_condition x WHERE x.channel = c.name AND x.off_at_us IS NULL) AS told,
           n.waiting, n.given_up AS "givenUp", g.failure AS "givenUpFor",
           coalesce(n.last_given_up > coalesce(n.last_sent, 0), false) AS lost, n.last_sent_us, f.failing_since_us, f.failure,
           c.looked_at_us, now_us() - coalesce(c.looked_at_us, c.created_at_us) > ${UNWATCHED_AFTER} AS unwatched
      FROM notify_channel c
     CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE x.state = 'due')::integer AS waiting,
              count(*) FILTER (WHERE x.state = 'given_up')::integer AS given_up,
              max(x.no) FILTER (WHERE x.state = 'given_up') AS last_given_up,
              max(x.no) FILTER (WHERE x.state = 'sent') AS last_sent,
              max(x.ended_at_us) FILTER (WHERE x.state = 'sent') AS last_sent_us
         FROM notification x WHERE x.channel = c.name) n
      LEFT JOIN LATERAL (
        SELECT x.failing_since_us, x.failure FROM notification x
         WHERE x.channel = c.name AND x.state = 'due' ORDER BY x.no LIMIT 1) f ON true
      LEFT JOIN LATERAL (
        SELECT x.failure FROM notification x
         WHERE x.channel = c.name AND x.state = 'given_up' ORDER BY x.no DESC LIMIT 1) g ON true
     ORDER BY c.name`;
  return rows.map(({ last_sent_us: sent, failing_since_us: failing, looked_at_us: looked, ...row }) => ({
    ...row,
    lastSentAt: timeOf(sent),
    failingSince: timeOf(failing),
    lookedAt: timeOf(looked),
  }));
}

const timeOf = (time: bigint | null): string | null => (time === null ? null : formatTime(time));

/** Whether people are told by it, or would be. */
export function isWell({ failingSince, lost, unwatched }: ChannelListed): boolean {
  return failingSince === null && !lost && !unwatched;
}

/** What to do where no worker looks. */
export const MEND_ROUNDS =
  'See that a worker runs, then look for the schedule `notifications` in the Temporal Web UI: missing, paused, or why its ' +
  'rounds fail. The worker’s log names a channel that cannot be noted.';

/** How a channel stands, in words. */
export function stateOf(channel: ChannelListed): string {
  const { failingSince, failure, waiting, givenUp, givenUpFor, lastSentAt, unwatched, lookedAt } = channel;
  const parts: string[] = [];
  if (unwatched) parts.push(`NO WORKER HAS LOOKED since ${lookedAt ?? 'it was added'}`);
  if (failingSince !== null) parts.push(`FAILS since ${failingSince}: ${failure ?? ''}; ${waiting} wait`);
  else if (waiting > 0) parts.push(`${waiting} to be sent`);
  else parts.push(lastSentAt === null ? 'nothing was sent yet' : `last sent ${lastSentAt}`);
  if (givenUp > 0) parts.push(`${givenUp} given up${givenUpFor === null ? '' : ` (${givenUpFor})`}`);
  return parts.join('; ');
}

/** For how long each channel has not been told: what was given up counts until something later comes through. */
export async function readNotifyGauges(database: Pick<Transaction, '$queryRaw'>): Promise<NotifyGauges[]> {
  return database.$queryRaw<NotifyGauges[]>`
    SELECT c.name AS channel,
           coalesce((SELECT greatest(0, now_us() - min(x.made_at_us)) FROM notification x
                      WHERE x.channel = c.name
                        AND (x.state = 'due'
                             OR x.state = 'given_up'
                                AND NOT EXISTS (SELECT 1 FROM notification l
                                                 WHERE l.channel = x.channel AND l.no > x.no AND l.state = 'sent'))), 0)::float8 / 1000000 AS "waitingSeconds"
      FROM notify_channel c ORDER BY c.name`;
}
