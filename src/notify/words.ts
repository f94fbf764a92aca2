import type { Group, Message } from './message.ts';

/** A message's first line: what is worst, and how much more there is. */
export function subjectOf(message: Message): string {
  if (message.isTest) return `catalog-sync: a test of the channel ${message.channel}`;
  const [first, ...others] = message.groups;
  if (!first) return 'catalog-sync: all that was told before is over';
  const whose = first.count === 1 ? `: ${first.named[0]?.subject ?? ''}` : ` (${first.count})`;
  const more = others.reduce((sum, { count }) => sum + count, 0);
  return `catalog-sync: ${first.title}${whose}${more > 0 ? `, and ${more} more` : ''}`;
}

/** The same message for people to read: what happened, what it means, what to do, and where to look. */
export function bodyOf(message: Message): string {
  if (message.isTest) return `${TEST_WORDS}\n`;
  return `${message.groups.map((group) => groupText(group)).join('\n\n')}\n`;
}

export const TEST_WORDS =
  'Somebody asked whether messages come through (`catalog-sync notify test`). They do. Nothing else happened.';

/** @param link puts an address into the form of its channel */
export function groupText(group: Group, link: (address: string) => string = (address) => address): string {
  const { title, state, severity, owner, count, named, means, todo } = group;
  const head = state === 'on' ? `${title.toUpperCase()} (${severity}, for ${owner})` : `OVER: ${title}`;
  const lines = named.flatMap((one) => {
    const about = state === 'on' ? `${one.detail} Since ${one.since}.` : `It was: ${one.detail}`;
    return [`- ${one.subject}: ${about}`, ...(one.link === null ? [] : [`  ${link(one.link)}`])];
  });
  const others = count - named.length;
  return [
    count > 1 ? `${head}, ${count} of them` : head,
    ...lines,
    ...(others > 0 ? [`- and ${others} more`] : []),
    ...(means === '' ? [] : [`What it means: ${means}`]),
    ...(todo === '' ? [] : [`What to do: ${todo}`]),
  ].join('\n');
}
