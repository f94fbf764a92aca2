import type { ChannelKind } from '../domain/notify.ts';
import { isPrintable } from '../domain/safe-text.ts';
import { outgoing } from '../outgoing/outgoing.ts';
import { formatSecret, newSecret } from '../standard-webhooks/secret.ts';
import { NotifyError } from './notify-error.ts';
import type { Target } from './target.ts';

/** PagerDuty's own, for accounts in the US: https://developer.pagerduty.com/docs/events-api-v2-overview */
const PAGERDUTY = 'https://events.pagerduty.com/v2/enqueue';
const MOST_ADDRESSES = 10;

/** What a person gives for a channel, as text. */
export interface TargetWords {
  to: string;
  /** The mail server's address. */
  smtp?: string | undefined;
  from?: string | undefined;
  /** Of PagerDuty's events API. */
  url?: string | undefined;
}

/**
 * Reads where a channel is to lead, and sees that it may be called.
 *
 * @returns `shown`, of which everybody may know; `secret`, ours, which is printed once
 * @throws NotifyError, which quotes nothing of it
 */
export async function readTarget(
  kind: ChannelKind,
  { to, smtp, from, url }: TargetWords,
): Promise<{ target: Target; shown: string; secret?: string }> {
  if (kind !== 'email' && (smtp !== undefined || from !== undefined))
    throw new NotifyError('--smtp and --from are of email alone.');
  if (kind !== 'pagerduty' && url !== undefined) throw new NotifyError('--url is of pagerduty alone.');
  switch (kind) {
    case 'webhook': {
      const shown = await checkedOrigin(to, 'The receiver');
      const secret = formatSecret(newSecret());
      return { target: { kind, url: to, secret }, shown, secret };
    }
    case 'slack':
      return { target: { kind, url: to }, shown: await checkedOrigin(to, 'Slack') };
    case 'pagerduty': {
      if (!/^[A-Za-z0-9_-]{8,64}$/.test(to))
        throw new NotifyError(
          'The key of a PagerDuty integration is 8 to 64 letters and digits, usually 32 of them.',
        );
      const address = url ?? PAGERDUTY;
      return { target: { kind, key: to, url: address }, shown: await checkedOrigin(address, 'PagerDuty') };
    }
    case 'email':
      return readMail(to, smtp, from);
  }
}

async function readMail(
  to: string,
  smtp: string | undefined,
  from: string | undefined,
): Promise<{ target: Target; shown: string }> {
  const addresses = to.split(',').map((one) => one.trim());
  if (addresses.length > MOST_ADDRESSES || addresses.some((one) => !isMailAddress(one)))
    throw new NotifyError(
      `--to has to be 1 to ${MOST_ADDRESSES} mail addresses, such as ops@example.com, with commas between.`,
    );
  if (smtp === undefined || from === undefined || !isMailAddress(from))
    throw new NotifyError('Email needs --smtp FILE, with the mail server in it, and --from ADDRESS.');
  const { readMailServer } = await import('./send/email.ts');
  const server = readMailServer(smtp);
  if (!server)
    throw new NotifyError(
      'The mail server has to be an address such as smtps://USER:PASSWORD@mail.example.com or smtp://mail.example.com:587.',
    );
  const { protocol, host } = server;
  const refusal = await outgoing().check({ protocol, hostname: host });
  if (refusal) throw new NotifyError(`The mail server's address is refused: it ${refusal.because}.`);
  const all = addresses.join(', ');
  return { target: { kind: 'email', to: all, from, smtp }, shown: all };
}

/** Address and path may hold the secret; the host does not. */
async function checkedOrigin(address: string, who: string): Promise<string> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
    throw new NotifyError(`${who} needs an http(s) address without user and password.`);
  const refusal = await outgoing().check(url);
  if (refusal)
    throw new NotifyError(
      `${who}'s address is refused: it ${refusal.because}. Take another one, or allow it by OUTGOING_ALLOW.`,
    );
  return url.origin;
}

const isMailAddress = (text: string): boolean =>
  /^[^\s@,;<>"]{1,64}@[^\s@,;<>"]{1,190}$/.test(text) && isPrintable(text);
