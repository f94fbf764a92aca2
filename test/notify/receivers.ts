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
  close(): Promise<void>;
}

/** A mail server that takes one user; without TLS unless asked for. */
export async function mailReceiver(
  options: { user?: string; password?: string; tls?: { key: string; cert: string }; refuses?: number } = {},
): Promise<MailReceiver> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    ...(options.tls ?? { disabledCommands: ['STARTTLS'] }),
    authOptional: options.user === undefined,
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, callback) => {
      if (username === options.user && password === options.password) callback(null, { user: username });
      else callback(new Error('no'));
    },
    onRcptTo: (_address, _session, callback) =>
      callback(options.refuses ? Object.assign(new Error('no'), { responseCode: options.refuses }) : null),
    onData: (stream, session, callback) => {
      void text(stream).then((mail) => {
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
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
