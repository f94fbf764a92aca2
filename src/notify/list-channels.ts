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
  lastSentAt: string | null;
  /** Since when nothing comes through, and why; null: all does. */
  failingSince: string | null;
  failure: string | null;
}

interface Row extends Omit<ChannelListed, 'lastSentAt' | 'failingSince'> {
  last_sent_us: bigint | null;
  failing_since_us: bigint | null;
}

export async function listChannels(database: Pick<Transaction, '$queryRaw'>): Promise<ChannelListed[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT c.name, c.kind, c.shown AS to, c.tenant_id AS tenant, c.owner, c.at_least AS "atLeast",
           (SELECT count(*)::integer FROM notified_condition x WHERE x.channel = c.name AND x.off_at_us IS NULL) AS told,
           n.waiting, n.given_up AS "givenUp", g.failure AS "givenUpFor", n.last_sent_us, f.failing_since_us, f.failure
      FROM notify_channel c
     CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE x.state = 'due')::integer AS waiting,
              count(*) FILTER (WHERE x.state = 'given_up')::integer AS given_up,
              max(x.ended_at_us) FILTER (WHERE x.state = 'sent') AS last_sent_us
         FROM notification x WHERE x.channel = c.name) n
      LEFT JOIN LATERAL (
        SELECT x.failing_since_us, x.failure FROM notification x
         WHERE x.channel = c.name AND x.state = 'due' ORDER BY x.no LIMIT 1) f ON true
      LEFT JOIN LATERAL (
        SELECT x.failure FROM notification x
         WHERE x.channel = c.name AND x.state = 'given_up' ORDER BY x.no DESC LIMIT 1) g ON true
     ORDER BY c.name`;
  return rows.map(({ last_sent_us: sent, failing_since_us: failing, ...row }) => ({
    ...row,
    lastSentAt: sent === null ? null : formatTime(sent),
    failingSince: failing === null ? null : formatTime(failing),
  }));
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
