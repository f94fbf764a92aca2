import type { Database, Transaction } from '../database/client.ts';
import {
  CONDITION_KINDS,
  KIND_WORDS,
  SEVERITIES,
  todoOf,
  type ConditionKind,
  type Severity,
} from '../domain/notify.ts';
import { formatTime, type Micros } from '../domain/time.ts';

/** Of a kind a message names so many, and counts the others. */
export const MOST_NAMED = 10;

export interface Named {
  tenant: string | null;
  subject: string;
  detail: string;
  /** RFC 3339. */
  since: string;
  /** The console's page, as a whole address where the console's is known. */
  link: string | null;
}

/** What a message says of one kind of condition: that some began, or that some are over. */
export interface Group {
  kind: ConditionKind;
  state: 'on' | 'off';
  title: string;
  severity: Severity;
  owner: string;
  count: number;
  means: string;
  todo: string;
  /** The first of them. */
  named: Named[];
}

/** A message as every kind of channel puts it into its own form. */
export interface Message {
  /** The same at each try; what receivers know a repetition by. */
  id: string;
  channel: string;
  madeAt: Micros;
  isTest: boolean;
  /** The message whose conditions are all over with this one; null: none. */
  resolves: string | null;
  groups: Group[];
}

interface Row {
  kind: ConditionKind;
  state: 'on' | 'off';
  tenant: string | null;
  severity: Severity;
  owner: string;
  subject: string;
  detail: string;
  page: string | null;
  since_us: bigint;
  count: number;
}

/** Reads what a message says; each tenant has its turn among those that are named. @param publicUrl the console's address; undefined: links are its paths alone */
export async function readMessage(
  database: Pick<Transaction, '$queryRaw'>,
  head: Omit<Message, 'groups'>,
  publicUrl: string | undefined,
): Promise<Message> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT x.* FROM (
      SELECT c.kind, c.state, c.tenant_id AS tenant, c.severity, c.owner, c.subject, c.detail, c.page, c.since_us,
             count(*) OVER kinds::integer AS count, row_number() OVER (kinds ORDER BY c.turn, c.id) AS no
        FROM (SELECT s.*, row_number() OVER (PARTITION BY s.kind, s.state, s.tenant_id ORDER BY s.id) AS turn
                FROM (-- What was over before it could be told is told as that alone.
                      SELECT n.*, 'on' AS state FROM notified_condition n
                       WHERE n.on_message = ${head.id} AND n.off_message IS DISTINCT FROM n.on_message
                      UNION ALL
                      SELECT n.*, 'off' FROM notified_condition n WHERE n.off_message = ${head.id}) s) c
      WINDOW kinds AS (PARTITION BY c.kind, c.state)) x
     WHERE x.no <= ${MOST_NAMED} ORDER BY x.no`;
  return { ...head, groups: groupsOf(rows, publicUrl) };
}

/** What is worst first, and what is over last. */
function groupsOf(rows: readonly Row[], publicUrl: string | undefined): Group[] {
  const groups: Group[] = [];
  for (const row of rows) {
    const { kind, state, tenant, subject, detail, page } = row;
    let group = groups.find((one) => one.kind === kind && one.state === state);
    if (!group) {
      const words = KIND_WORDS[kind];
      group = {
        ...{ kind, state, severity: row.severity, owner: row.owner, count: row.count },
        title: state === 'on' ? words.on : words.off,
        means: state === 'on' ? words.means : '',
        todo: state === 'on' ? todoOf(kind, tenant) : '',
        named: [],
      };
      groups.push(group);
    }
    if (rank(row.severity) > rank(group.severity)) group.severity = row.severity;
    const link = page === null ? null : `${publicUrl ?? ''}${page}`;
    group.named.push({ tenant, subject, detail, since: formatTime(row.since_us), link });
  }
  return groups.toSorted(
    (a, b) =>
      Number(a.state === 'off') - Number(b.state === 'off') ||
      rank(b.severity) - rank(a.severity) ||
      CONDITION_KINDS.indexOf(a.kind) - CONDITION_KINDS.indexOf(b.kind),
  );
}

const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** The worst that began; of a message that has only what is over, the least. */
export function severityOf({ groups }: Message): Severity {
  return groups.filter(({ state }) => state === 'on').map(({ severity }) => severity)[0] ?? 'info';
}

/** How far a message that is still to be sent has come. */
export interface Due {
  /** Which of a mail's addresses, by their places from 1 on, took it, and which refused it for good. */
  takenBy: readonly number[];
  refusedBy: readonly number[];
}

/** The oldest message of a channel that is still to be sent. */
export async function nextDue(
  database: Pick<Database, 'notification'>,
  channel: string,
): Promise<(Omit<Message, 'groups'> & Due) | undefined> {
  const row = await database.notification.findFirst({
    where: { channel, state: 'due' },
    orderBy: { no: 'asc' },
  });
  if (!row) return undefined;
  const { id, madeAtUs: madeAt, isTest, resolves, takenBy, refusedBy } = row;
  return { id, channel, madeAt, isTest, resolves, takenBy, refusedBy };
}
