import type { Socket } from 'node:net';
import { createTransport } from 'nodemailer';
import { outgoing } from '../../outgoing/outgoing.ts';
import type { Due, Message } from '../message.ts';
import { NotSent, RefusedForGood } from '../notify-error.ts';
import type { Target } from '../target.ts';
import { bodyOf, subjectOf } from '../words.ts';
import { refusalsOf, settle, type AddressRefusal } from './mail-addresses.ts';
import { ANSWER_WITHIN_MS, whyOf } from './post.ts';

/** For a whole mail, however often the server says something meanwhile, in ms; the activity has 30 s. */
const SENT_WITHIN_MS = 25_000;

/** Where a mail server is, and how it is spoken to. */
export interface MailServer {
  host: string;
  port: number;
  /** What the guard of outgoing connections goes by. */
  protocol: 'smtps:' | 'smtp+starttls:' | 'smtp:';
  user: string;
  password: string;
}

/**
 * Reads a mail server's address: `smtps://` is TLS from the first byte, `smtp://` becomes it before anything is said, and
 * `smtp://…?tls=no` stays plain, which is only for a server that OUTGOING_ALLOW names.
 *
 * @returns undefined for anything else
 */
export function readMailServer(address: string): MailServer | undefined {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !/^smtps?:$/.test(url.protocol) || url.hostname === '') return undefined;
  const plain = url.searchParams.get('tls') === 'no';
  const protocol = url.protocol === 'smtps:' ? 'smtps:' : plain ? 'smtp:' : 'smtp+starttls:';
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? (protocol === 'smtps:' ? 465 : 587) : Number(url.port),
    protocol,
    user: decoded(url.username),
    password: decoded(url.password),
  };
}

/** A password with a lone % in it is meant as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** One mail to those of a channel's addresses that are not settled; its Message-ID is the same at each try. */
export async function sendEmail(
  { to, from, smtp }: Extract<Target, { kind: 'email' }>,
  message: Message,
  settled: Pick<Due, 'takenBy' | 'refusedBy'>,
  withinMs = SENT_WITHIN_MS,
): Promise<void> {
  const addresses = to.split(', ').map((address, index) => ({ address, place: index + 1 }));
  const left = addresses.filter(({ place }) => ![...settled.takenBy, ...settled.refusedBy].includes(place));
  const server = readMailServer(smtp);
  if (!server) throw new NotSent('the address of its mail server is none');
  let socket: Socket | undefined;
  let refusals: AddressRefusal[];
  const begun = performance.now();
  try {
    const { protocol, host, port, user, password } = server;
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    socket = await outgoing().connect({ protocol, host, port, signal });
    const transport = createTransport({
      ...{ host, port, connection: socket, secure: protocol === 'smtps:' },
      ...{ requireTLS: protocol === 'smtp+starttls:', ignoreTLS: protocol === 'smtp:' },
      ...(user !== '' && { auth: { user, pass: password } }),
      ...{ greetingTimeout: ANSWER_WITHIN_MS, socketTimeout: ANSWER_WITHIN_MS, dnsTimeout: ANSWER_WITHIN_MS },
      // What a message says comes from suppliers, too: no file and no address in it is ever opened.
      ...{ disableFileAccess: true, disableUrlAccess: true },
    });
    const sending = transport.sendMail({
      envelope: { from, to: left.map(({ address }) => address) },
      ...{ from, to, subject: subjectOf(message), text: bodyOf(message) },
      messageId: `<${message.id}@catalog-sync>`,
      date: new Date(Number(message.madeAt / 1000n)),
      headers: { 'Auto-Submitted': 'auto-generated' },
    });
    const sent = await inTime(sending, withinMs - (performance.now() - begun));
    refusals = sent.rejectedErrors ?? [];
  } catch (error) {
    refusals = refusalsOf(error);
    // One that was refused as a whole was taken by nobody, even if by some the server would have taken it.
    if (addresses.length === 1 || refusals.length < left.length)
      throw new (isForGood(error) ? RefusedForGood : NotSent)(whyOfMail(error));
  } finally {
    socket?.destroy();
  }
  settle(addresses.length, left, settled, refusals);
}

/** @throws NotSent where it takes longer than what is left; whoever calls hangs up then */
async function inTime<T>(sending: Promise<T>, leftMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new NotSent('the mail server was not done with the mail in time')),
      leftMs,
    );
  });
  try {
    return await Promise.race([sending, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** nodemailer's own words quote the server, which may quote the user. */
function whyOfMail(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const status = error instanceof Error && 'responseCode' in error ? `, ${String(error.responseCode)}` : '';
  switch (code) {
    case 'EAUTH':
      return `the mail server takes neither user nor password (EAUTH${status})`;
    case 'ETLS':
      return 'the mail server does not speak TLS (ETLS)';
    case 'EENVELOPE':
    case 'EMESSAGE':
      return `the mail server refuses the mail (${code}${status})`;
    default:
      return whyOfCertificate(error) ?? whyOf(error);
  }
}

/** nodemailer puts a code of its own over Node's. */
function whyOfCertificate(error: unknown): string | undefined {
  const code = error instanceof Error && 'originalCode' in error ? String(error.originalCode) : '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `the mail server's certificate is for another name (${code})`;
  if (code === 'CERT_HAS_EXPIRED') return `the mail server's certificate has expired (${code})`;
  return /_CERT\b|_CERT_|_SIGNATURE$/.test(code)
    ? `nobody known here vouches for the mail server's certificate (${code})`
    : undefined;
}

/** Of what is said of the mail itself; a wrong password or certificate is somebody's to mend. */
function isForGood(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || !('responseCode' in error)) return false;
  return (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && Number(error.responseCode) >= 500;
}
