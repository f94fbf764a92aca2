import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface HttpReceiver {
  url: string;
  received: Received[];
  /** What it answers from now on; 0: nothing at all. */
  answers: number;
  close(): Promise<void>;
}

/** What takes webhooks of any kind, and keeps what it was sent. */
export async function httpReceiver(): Promise<HttpReceiver> {
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      receiver.received.push({ path: request.url ?? '', headers: request.headers, body });
      if (receiver.answers === 0) return;
      response.writeHead(receiver.answers, { 'content-type': 'text/plain' });
      response.end('ok');
    });
  });
  const receiver: HttpReceiver = {
    url: '',
    received: [],
    answers: 200,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  receiver.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return receiver;
}

export interface Mail {
  from: string;
  to: string[];
  user: string;
  secure: boolean;
  text: string;
}

export interface MailReceiver {
  port: number;
  mails: Mail[];
  /** By address, or `*` for all of them, by what status it refuses them from now on. */
  refuses: Record<string, number>;
  /** Mails that it was given, and says nothing to. */
  unanswered: number;
  /** Whether it says nothing to what it is given from now on. */
  hangs: boolean;
  close(): Promise<void>;
}

/** A mail server that takes one user; without TLS unless asked for. */
export async function mailReceiver(
  options: {
    user?: string;
    password?: string;
    tls?: { key: string; cert: string };
    /** TLS from the first byte. */
    secure?: boolean;
    refuses?: Record<string, number>;
  } = {},
): Promise<MailReceiver> {
  const mails: Mail[] = [];
  const refuses = { ...options.refuses };
  const server = new SMTPServer({
    ...(options.tls ?? { disabledCommands: ['STARTTLS'] }),
    secure: options.secure === true,
    authOptional: options.user === undefined,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, callback) => {
      if (username === options.user && password === options.password) callback(null, { user: username });
      else callback(new Error('no'));
    },
    onRcptTo: ({ address }, _session, callback) => {
      const responseCode = refuses[address] ?? refuses['*'];
      callback(responseCode === undefined ? null : Object.assign(new Error('no'), { responseCode }));
    },
    onData: (stream, session, callback) => {
      void text(stream).then((mail) => {
        if (receiver.hangs) {
          receiver.unanswered += 1;
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: String(session.user ?? ''),
          secure: session.secure,
          text: mail,
        });
        callback();
      });
    },
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const receiver: MailReceiver = {
    port: (server.server.address() as AddressInfo).port,
    mails,
    refuses,
    unanswered: 0,
    hangs: false,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return receiver;
}
