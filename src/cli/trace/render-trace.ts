import { isCorrected } from '../../domain/corrected.ts';
import { quantityInWords } from '../../domain/quantity.ts';
import { printable } from '../../domain/safe-text.ts';
import { sentInWords } from '../../domain/time.ts';
import { replayOutcomeInWords, versionRuleInWords } from '../../domain/version-rule-words.ts';
import { paint, wrap, type Colour } from '../terminal-text.ts';
import type {
  Trace,
  TraceEvent,
  TraceOfStorefront,
  TraceStorefront,
  WorkflowHistory,
} from '../../trace/trace.ts';

const COLUMNS = 80;

const COLOURS: Partial<Record<string, Colour>> = {
  won: 'green',
  accepted: 'green',
  superseded: 'dim',
  overtaken: 'dim',
  pending: 'yellow',
  held: 'yellow',
  counts: 'green',
  due: 'yellow',
  sending: 'yellow',
  withheld: 'yellow',
  rejected: 'red',
  failed: 'red',
  unanswered: 'red',
  voided: 'red',
};

/**
 * A trace for a terminal of 80 columns: the answer first, then what it stands on. Only addresses of the Web UI may be
 * longer than a line: a cut one could not be clicked.
 */
export function renderTrace(trace: Trace, options: { colour: boolean }): string {
  const title = (text: string): string[] => ['', paint(text, 'bold', options.colour)];
  const entry = (status: string, text: string, details: readonly (string | null)[]): string[] => {
    const [first = '', ...others] = wrap(`${status.padEnd(11)}${text}`, COLUMNS, '  ', ' '.repeat(13));
    const painted = first.replace(status, paint(status, COLOURS[status] ?? 'bold', options.colour));
    return [
      painted,
      ...others,
      ...details.flatMap((one) => (one === null ? [] : wrap(one, COLUMNS, ' '.repeat(13)))),
    ];
  };

  const lines = wrap(trace.answer, COLUMNS);
  const { item } = trace;
  if (item) {
    lines.push(...title('Item'));
    lines.push(...wrap(`${item.itemId}  quantity ${item.quantity}  version ${item.version}`, COLUMNS, '  '));
    lines.push(
      ...wrap(`event ${item.eventId} of ${item.supplier}, updatedAt ${item.updatedAt}`, COLUMNS, '  '),
    );
  }
  if (item && item.shares.length > 0) lines.push(...title(`Figures, ${ruleOf(item)}`));
  for (const share of item?.shares ?? []) {
    const where = share.location === '' ? '' : ` at ${share.location}`;
    lines.push(
      ...entry(
        share.counts ? 'counts' : '-',
        `${share.supplier}${where}: ${share.quantity} (${share.eventId})`,
        [`updatedAt ${share.updatedAt}`, share.why === 'counts' ? null : share.why],
      ),
    );
  }
  if (trace.storefronts.length > 1) lines.push(...title('Storefronts now, in their order'));
  else lines.push(...storefrontLines(trace, title));
  for (const one of trace.storefronts.length > 1 ? trace.storefronts : []) {
    const { told, accepted } = one;
    lines.push(
      ...entry(one.state, `${one.name} (${one.kind}): ${shownText(one)}`, [
        accepted && `accepted version ${accepted.version} at ${accepted.at}`,
        told && told.status !== 'accepted' ? toldText(told) : null,
        one.failedTries > 1 ? `${one.failedTries} tries in a row failed` : null,
        one.waitsFor.length > 0 ? `is told after ${one.waitsFor.join(', ')}` : null,
      ]),
    );
  }

  if (trace.versions.length > 0) lines.push(...title('Versions, newest first'));
  for (const one of trace.versions) {
    lines.push(
      ...entry(one.publication, `version ${one.version}, quantity ${one.quantity}`, [
        `event ${one.eventId} of ${one.supplier} (${versionRuleInWords(one, trace.replays)})`,
        `made ${one.createdAt}`,
        one.causedBy && `after ${one.causedBy.eventId} of ${one.causedBy.supplier}`,
        one.replayId === null ? null : `by replay ${one.replayId}`,
      ]),
    );
  }

  if (trace.events.length > 0) lines.push(...title('Events, newest first'));
  for (const one of trace.events) {
    lines.push(
      ...entry(one.outcome, saidBy(one), [
        `updatedAt ${one.updatedAt}`,
        one.updatedAtSent && sentInWords(one.updatedAtSent),
        `received  ${one.receivedAt}`,
        one.cameBy,
        one.alias && one.alias !== one.rule ? one.alias : null,
        ...againLines(one),
        one.kind === 'update' || one.kind === 'expiry'
          ? null
          : `${one.kind} by ${one.actor ?? 'nobody'}: ${one.reason ?? ''}`,
        one.rule,
        one.lostTo && !one.rule?.includes(one.lostTo.eventId)
          ? `lost to ${one.lostTo.eventId} of ${one.lostTo.supplier}`
          : null,
        one.failureMode && !one.rule?.startsWith(one.failureMode) ? `failure mode ${one.failureMode}` : null,
        one.warning && `warning: ${one.warning}`,
      ]),
    );
  }

  if (trace.publishAttempts.length > 0) lines.push(...title('Publish attempts, newest first'));
  for (const one of trace.publishAttempts) {
    const http = one.httpStatus === null ? '' : `, HTTP ${one.httpStatus}`;
    const latency = one.latencyMs === null ? '' : `, after ${one.latencyMs} ms`;
    lines.push(
      ...entry(
        one.status,
        `${one.storefront}: version ${one.version}, started ${one.startedAt}${http}${latency}`,
        [one.reason, one.replayId === null ? null : `by replay ${one.replayId}`],
      ),
    );
  }

  if (trace.replays.length > 0) lines.push(...title('Replays, newest first'));
  for (const one of trace.replays) {
    lines.push(
      ...entry(one.state, `${one.replayId}, by ${one.requestedBy}`, [
        ...(one.stockRule === null
          ? [`from ${one.since}`, `to   ${one.until}`]
          : [`stock rule: ${one.stockRule}`]),
        one.outcome && `item: ${replayOutcomeInWords({ ...one, outcome: one.outcome })}${versionsOf(one)}`,
      ]),
    );
  }
  lines.push(...addressLines(trace, title));
  return lines.join('\n');
}

function saidBy({ eventId, supplier, location, quantity, sku }: TraceEvent): string {
  const where = location === null ? '' : `, location ${location}`;
  return `${eventId} of ${supplier}${where}, quantity ${quantityInWords(quantity)}, SKU ${sku}`;
}

function ruleOf({ rule, reserve, maxShown, shares }: NonNullable<Trace['item']>): string {
  if (isCorrected(shares)) return 'corrected by hand';
  const kept = reserve > 0 ? `, ${reserve} kept back` : '';
  return `by the rule ${rule}${kept}${maxShown === null ? '' : `, at most ${maxShown} shown`}`;
}

function againLines({ duplicates, conflicts, deliveries }: TraceEvent): string[] {
  const lines = deliveries.map(
    ({ receivedAt, conflict }) =>
      `again     ${receivedAt}${conflict ? ', with another content: refused' : ''}`,
  );
  const more = duplicates + conflicts - deliveries.length;
  return more > 0 ? [...lines, `and ${more === 1 ? 'once' : `${more} times`} more before that`] : lines;
}

function versionsOf({ versionBefore, versionAfter }: Trace['replays'][number]): string {
  if (versionAfter === null) return '';
  return versionBefore === versionAfter
    ? `, version ${versionAfter}`
    : `, version ${versionBefore ?? 'none'} to ${versionAfter}`;
}

function storefrontLines({ storefront }: Trace, title: (text: string) => string[]): string[] {
  if (!storefront) return [];
  return [...title('Storefront now'), ...wrap(storefrontText(storefront), COLUMNS, '  ')];
}

function storefrontText(storefront: TraceStorefront): string {
  if (!('error' in storefront)) {
    return `shows quantity ${storefront.quantity}, version ${storefront.version}`;
  }
  return storefront.kind === 'unknown item' ? 'does not know the item' : `not known: ${storefront.error}`;
}

function shownText({ state, shows }: TraceOfStorefront): string {
  if (!shows) return state === 'open' ? 'has no known address' : 'is not read';
  const wrong = 'error' in shows || shows.wrong === null ? '' : ` (${shows.wrong})`;
  return `${storefrontText(shows)}${wrong}`;
}

function toldText({ version, quantity, status, at, reason }: NonNullable<TraceOfStorefront['told']>): string {
  const why = reason === null ? '' : `: ${reason}`;
  return `last told of version ${version}, quantity ${quantity}, at ${at}, ${status}${why}`;
}

/** One address for each workflow, under a name that says whose. */
function addressLines(trace: Trace, title: (text: string) => string[]): string[] {
  const workflows = [
    ...trace.events.map((one) => ({ ...one, name: `${one.eventId} of ${one.supplier}` })),
    ...trace.replays.map((one) => ({ ...one, name: `replay ${one.replayId}` })),
  ];
  if (workflows.length === 0) return [];
  return [
    ...title('Temporal Web UI'),
    ...workflows.flatMap(({ name, workflowUrl, workflowHistory }) => {
      const instead = WITHOUT_ADDRESS[workflowHistory];
      return instead === undefined
        ? [...wrap(name, COLUMNS, '  '), printable(workflowUrl)]
        : wrap(`${name}: ${instead}`, COLUMNS, '  ');
    }),
    ...spansLines(trace, title),
  ];
}

/** Where tracing was on when an event came. */
function spansLines({ events }: Trace, title: (text: string) => string[]): string[] {
  const lines = events.flatMap(({ eventId, supplier, spansUrl }) =>
    spansUrl === null ? [] : [...wrap(`${eventId} of ${supplier}`, COLUMNS, '  '), printable(spansUrl)],
  );
  return lines.length === 0 ? [] : [...title('Spans'), ...lines];
}

const WITHOUT_ADDRESS: Partial<Record<WorkflowHistory, string>> = {
  expired: 'its history has expired',
  none: 'not started yet',
};
