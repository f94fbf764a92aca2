import type { Group, Message } from '../message.ts';
import type { Target } from '../target.ts';
import { groupText, subjectOf, TEST_WORDS } from '../words.ts';
import { post } from './post.ts';

/** A section holds at most 3,000 characters, and a message 50 blocks: https://docs.slack.dev/reference/block-kit/blocks */
const SECTION = 2_900;
const MOST_SECTIONS = 40;

/** Slack's incoming webhook: `text` for notifications, blocks for the message itself. */
export async function sendSlack(
  { url }: Extract<Target, { kind: 'slack' }>,
  message: Message,
): Promise<void> {
  const texts = message.isTest
    ? [TEST_WORDS]
    : message.groups.map((group) => groupText(escapedGroup(group), linkOf));
  const sections = texts.slice(0, MOST_SECTIONS).map((text) => ({
    type: 'section',
    text: { type: 'mrkdwn', text: cut(text) },
  }));
  const head = { type: 'header', text: { type: 'plain_text', text: subjectOf(message).slice(0, 150) } };
  await post(
    url,
    Buffer.from(JSON.stringify({ text: escaped(subjectOf(message)), blocks: [head, ...sections] })),
  );
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What others wrote must not become a link that says one thing and leads to another. */
function escapedGroup(group: Group): Group {
  const named = group.named.map((one) => ({
    ...one,
    subject: escaped(one.subject),
    detail: escaped(one.detail),
  }));
  return { ...group, named };
}

/** Ours; without the console's address it is a path, which leads nowhere from Slack. */
const linkOf = (address: string): string => (/^https?:/.test(address) ? `<${address}>` : address);

const cut = (text: string): string => (text.length > SECTION ? `${text.slice(0, SECTION)}…` : text);
