import type { Severity } from '../../domain/notify.ts';
import { formatTime } from '../../domain/time.ts';
import { severityOf, type Message } from '../message.ts';
import type { Target } from '../target.ts';
import { bodyOf, subjectOf } from '../words.ts';
import { post } from './post.ts';

const LEVELS: Record<Severity, 'info' | 'warning' | 'error' | 'critical'> = {
  info: 'info',
  warn: 'warning',
  ticket: 'error',
  page: 'critical',
};
/** Of a summary, in characters. */
const MOST = 1_024;

/**
 * PagerDuty's Events API v2 (https://developer.pagerduty.com/docs/events-api-v2-overview): a message opens an incident by
 * its own id, and the one that says that all of it is over resolves it. Said twice, both are what they were.
 */
export async function sendPagerDuty(
  { key, url }: Extract<Target, { kind: 'pagerduty' }>,
  message: Message,
): Promise<void> {
  const { resolves, id, channel, groups, madeAt } = message;
  if (resolves !== null) {
    return post(
      url,
      Buffer.from(JSON.stringify({ routing_key: key, event_action: 'resolve', dedup_key: resolves })),
    );
  }
  const links = groups.flatMap(({ named }) =>
    named.flatMap(({ link, subject }) =>
      link !== null && /^https?:/.test(link) ? [{ href: link, text: subject }] : [],
    ),
  );
  const event = {
    routing_key: key,
    event_action: 'trigger',
    dedup_key: id,
    client: 'catalog-sync',
    links,
    payload: {
      summary: subjectOf(message).slice(0, MOST),
      source: `catalog-sync/${channel}`,
      severity: LEVELS[severityOf(message)],
      timestamp: formatTime(madeAt),
      ...(groups[0] && { class: groups[0].kind, component: groups[0].owner }),
      custom_details: { text: bodyOf(message) },
    },
  };
  await post(url, Buffer.from(JSON.stringify(event)));
}
