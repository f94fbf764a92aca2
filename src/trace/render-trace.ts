import { paint, printable, wrap, type Colour } from './terminal-text.ts';
import type { Trace } from './trace.ts';

const COLUMNS = 80;

const COLOURS: Partial<Record<string, Colour>> = {
  won: 'green',
  accepted: 'green',
  superseded: 'dim',
  overtaken: 'dim',
  pending: 'yellow',
  held: 'yellow',
  due: 'yellow',
  sending: 'yellow',
  withheld: 'yellow',
  rejected: 'red',
  failed: 'red',
  unanswered: 'red',
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
  lines.push(...storefrontLines(trace, title));

  if (trace.versions.length > 0) lines.push(...title('Versions, newest first'));
  for (const one of trace.versions) {
    lines.push(
      ...entry(one.publication, `version ${one.version}, quantity ${one.quantity}`, [
        `event ${one.eventId} of ${one.supplier} (${one.rule.replaceAll('_', ' ')})`,
        `made ${one.createdAt}`,
        one.replayId === null ? null : `by replay ${one.replayId}`,
      ]),
    );
  }

  if (trace.events.length > 0) lines.push(...title('Events, newest first'));
  for (const one of trace.events) {
    lines.push(
      ...entry(one.outcome, `${one.eventId} of ${one.supplier}, quantity ${one.quantity}, SKU ${one.sku}`, [
        `updatedAt ${one.updatedAt}`,
        `received  ${one.receivedAt}${again(one.duplicates)}`,
        one.rule,
        one.lostTo && !one.rule?.includes(one.lostTo.eventId)
          ? `lost to ${one.lostTo.eventId} of ${one.lostTo.supplier}`
          : null,
        one.failureMode && !one.rule?.startsWith(one.failureMode) ? `failure mode ${one.failureMode}` : null,
      ]),
    );
  }

  if (trace.publishAttempts.length > 0) lines.push(...title('Publish attempts, newest first'));
  for (const one of trace.publishAttempts) {
    const http = one.httpStatus === null ? '' : `, HTTP ${one.httpStatus}`;
    lines.push(
      ...entry(one.status, `version ${one.version}, started ${one.startedAt}${http}`, [
        one.reason,
        one.replayId === null ? null : `by replay ${one.replayId}`,
      ]),
    );
  }

  if (trace.replays.length > 0) lines.push(...title('Replays, newest first'));
  for (const one of trace.replays) {
    lines.push(
      ...entry(one.state, `${one.replayId}, by ${one.requestedBy}`, [
        `from ${one.since}`,
        `to   ${one.until}`,
      ]),
    );
  }
  lines.push(...addressLines(trace, title));
  return lines.join('\n');
}

function again(duplicates: number): string {
  if (duplicates === 0) return '';
  return duplicates === 1 ? ', and once more' : `, and ${duplicates} times more`;
}

function storefrontLines({ storefront }: Trace, title: (text: string) => string[]): string[] {
  if (!storefront) return [];
  const text =
    'error' in storefront
      ? `unknown: ${storefront.error}`
      : `shows quantity ${storefront.quantity}, version ${storefront.version}`;
  return [...title('Storefront now'), ...wrap(text, COLUMNS, '  ')];
}

/** One address for each event, under a name that says whose. */
function addressLines(trace: Trace, title: (text: string) => string[]): string[] {
  const workflows = [
    ...trace.events.map((one) => [`${one.eventId} of ${one.supplier}`, one.workflowUrl] as const),
    ...trace.replays.map((one) => [`replay ${one.replayId}`, one.workflowUrl] as const),
  ];
  if (workflows.length === 0) return [];
  return [
    ...title('Temporal Web UI'),
    ...workflows.flatMap(([name, url]) => [...wrap(name, COLUMNS, '  '), printable(url)]),
  ];
}
