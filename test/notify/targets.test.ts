import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createPlainServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createOutgoing, setOutgoing } from '../../src/outgoing/outgoing.ts';
import type { Group, Message } from '../../src/notify/message.ts';
import { NotSent, RefusedForGood } from '../../src/notify/notify-error.ts';
import { readTarget, type TargetWords } from '../../src/notify/read-target.ts';
import { readMailServer, sendEmail } from '../../src/notify/send/email.ts';
import { send } from '../../src/notify/send/send.ts';
import type { ChannelKind } from '../../src/domain/notify.ts';
import { createAuthority } from '../support/certificates.ts';
import { selfSigned } from '../support/self-signed.ts';
import { httpReceiver, mailReceiver, type HttpReceiver, type MailReceiver } from './receivers.ts';

const SECRET = 'very-secret-part';
const test: Message = {
  ...{ id: 'ntf_1', channel: 'desk', madeAt: 1n, isTest: true, resolves: null, groups: [] },
};
let http: HttpReceiver;
let mail: MailReceiver;

beforeAll(async () => {
  http = await httpReceiver();
  mail = await mailReceiver({ user: 'sync', password: 'right' });
});
afterAll(async () => {
  await http?.close();
  await mail?.close();
});
afterEach(() => setOutgoing(undefined));

async function listening(server: Server): Promise<{ port: number } & AsyncDisposable> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

const refusalOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'taken',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );

describe('where a channel may lead', () => {
  it.each<[string, ChannelKind, TargetWords]>([
    ['a private address', 'webhook', { to: `https://10.0.0.5/${SECRET}` }],
    ['plain http', 'slack', { to: `http://8.8.8.8/${SECRET}` }],
    ['no address', 'webhook', { to: SECRET }],
    ['a user in the address', 'webhook', { to: `https://me:${SECRET}@8.8.8.8/` }],
    ['no key', 'pagerduty', { to: `${SECRET}!` }],
    ['no mail address', 'email', { to: 'ops', smtp: `smtps://me:${SECRET}@8.8.8.8`, from: 'a@example.com' }],
    [
      'a plain mail server',
      'email',
      { to: 'a@b.c', smtp: `smtp://me:${SECRET}@8.8.8.8?tls=no`, from: 'a@b.c' },
    ],
    ['a private mail server', 'email', { to: 'a@b.c', smtp: `smtps://me:${SECRET}@10.0.0.5`, from: 'a@b.c' }],
    ['no mail server', 'email', { to: 'a@b.c', smtp: `https://${SECRET}`, from: 'a@b.c' }],
    ['what is of another kind', 'slack', { to: 'https://8.8.8.8/', url: `https://${SECRET}` }],
  ])('is not %s, and nothing of it is quoted', async (_what, kind, words) => {
    setOutgoing(createOutgoing([]));
    const refusal = await refusalOf(readTarget(kind, words));
    expect(refusal).not.toBe('taken');
    expect(refusal).not.toContain(SECRET);
  });

  it('is a public address with TLS, of which only the origin is shown', async () => {
    setOutgoing(createOutgoing([]));
    expect(await readTarget('slack', { to: `https://8.8.8.8/${SECRET}` })).toMatchObject({
      shown: 'https://8.8.8.8',
    });
    const smtp = `smtp://me:${SECRET}@8.8.8.8:587`;
    expect(await readTarget('email', { to: 'a@b.c', smtp, from: 'a@b.c' })).toMatchObject({ shown: 'a@b.c' });
  });

  it('is a mail server by one of three ways', () => {
    expect(readMailServer('smtps://me:p%40ss@mail.example.com')).toEqual({
      ...{ host: 'mail.example.com', port: 465, protocol: 'smtps:', user: 'me', password: 'p@ss' },
    });
    expect(readMailServer('smtp://mail.example.com')).toMatchObject({
      port: 587,
      protocol: 'smtp+starttls:',
    });
    expect(readMailServer('smtp://mail.example.com:25?tls=no')).toMatchObject({
      port: 25,
      protocol: 'smtp:',
    });
  });
});

describe('a message to Slack', () => {
  it('has no links but ours, whatever others wrote', async () => {
    http.received.length = 0;
    http.answers = 200;
    const named = {
      ...{ tenant: 'shop', since: '2026-06-01T10:00:00Z', link: 'https://sync.example.com/t/shop/gate' },
      ...{ subject: 'shop', detail: 'see <https://evil.example|console> & <!channel>.' },
    };
    const group: Group = {
      ...{ kind: 'feed_held', state: 'on', title: 'A file is held', severity: 'ticket', owner: 'Platform' },
      ...{ count: 1, means: '', todo: '', named: [] },
    };
    await send(
      { kind: 'slack', url: `${http.url}/` },
      { ...test, isTest: false, groups: [{ ...group, named: [named] }] },
    );
    const { blocks } = JSON.parse(http.received[0]?.body.toString('utf8') ?? '');
    expect(blocks[1].text.text).toContain(
      'see &lt;https://evil.example|console&gt; &amp; &lt;!channel&gt;. Since 2026-06-01T10:00:00Z.\n' +
        '  <https://sync.example.com/t/shop/gate>',
    );
  });
});

describe('a receiver that says yes', () => {
  it.each<[string, RequestListener]>([
    [
      'and is about to send a long answer',
      (_request, response) =>
        void response.writeHead(200, { 'content-length': '1000000' }).write('and so on'),
    ],
    [
      'and hangs up in the middle of what else it says',
      (_request, response) => {
        response.writeHead(200, { 'content-length': '10' }).write('and');
        setImmediate(() => response.destroy());
      },
    ],
    [
      'and talks without an end',
      (_request, response) => {
        response.writeHead(200).write('and');
        const more = setInterval(() => response.write('and'.repeat(10_000)), 1);
        response.on('close', () => clearInterval(more));
      },
    ],
  ])('%s has taken the message', async (_what, answer) => {
    await using server = await listening(createServer(answer));
    const sent = send({ kind: 'slack', url: `http://127.0.0.1:${server.port}/` }, test);
    await expect(sent).resolves.toBeUndefined();
  });
});

describe('mail with TLS', () => {
  const authority = createAuthority('the tests');

  it('is sent where a known authority vouches for that very name, and nothing is said to others', async () => {
    const [right, wrong] = [authority.issue('localhost'), authority.issue('mail.example.com')];
    const servers = await Promise.all([
      mailReceiver({ tls: right }),
      mailReceiver({ tls: wrong }),
      mailReceiver({ tls: selfSigned() }),
      mailReceiver({ tls: right, secure: true }),
      mailReceiver({ tls: wrong, secure: true }),
      mailReceiver({ tls: selfSigned(), secure: true }),
    ]);
    const addresses = servers.map(({ port }, no) => `${no < 3 ? 'smtp' : 'smtps'}://localhost:${port}`);
    const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-mail-'));
    const ca = path.join(folder, 'authority.pem');
    writeFileSync(ca, authority.cert);
    // Node reads whom it knows when it starts.
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [path.join(import.meta.dirname, 'send-mails.mjs'), ...addresses],
      { env: { ...process.env, NODE_EXTRA_CA_CERTS: ca } },
    );
    rmSync(folder, { recursive: true });
    const another = "the mail server's certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)";
    const own = "nobody known here vouches for the mail server's certificate (DEPTH_ZERO_SELF_SIGNED_CERT)";
    expect(JSON.parse(stdout)).toEqual(['sent', another, own, 'sent', another, own]);
    expect(servers.map(({ mails }) => mails.map(({ secure }) => secure))).toEqual([
      [true],
      [],
      [],
      [true],
      [],
      [],
    ]);
    for (const server of servers) await server.close();
  });
});

describe('what is not sent', () => {
  it('is mail to a server that offers no TLS where it was asked for, and nothing is said to it', async () => {
    const smtp = `smtp://sync:right@127.0.0.1:${mail.port}`;
    const target = { kind: 'email', to: 'a@b.c', from: 'a@b.c', smtp } as const;
    await expect(send(target, test)).rejects.toThrow(/does not speak TLS/);
    expect(mail.mails).toEqual([]);
  });

  it('says why, without the password', async () => {
    const smtp = `smtp://sync:${SECRET}@127.0.0.1:${mail.port}?tls=no`;
    const refusal = await refusalOf(send({ kind: 'email', to: 'a@b.c', from: 'a@b.c', smtp }, test));
    expect(refusal).toBe('the mail server takes neither user nor password (EAUTH, 535)');
  });

  it.each([
    [301, false],
    [400, true],
    [401, false],
    [404, true],
    [410, true],
    [413, true],
    [429, false],
    [500, false],
  ])('is what is answered by %i, refused for good: %s', async (status, forGood) => {
    http.answers = status;
    await expect(send({ kind: 'slack', url: `${http.url}/${SECRET}` }, test)).rejects.toEqual(
      new (forGood ? RefusedForGood : NotSent)(`the receiver answered ${status}`),
    );
  });

  it.each([
    [450, false],
    [550, true],
  ])('is mail that the server refuses by %i, for good: %s', async (refuses, forGood) => {
    const strict = await mailReceiver({ refuses: { '*': refuses } });
    const smtp = `smtp://127.0.0.1:${strict.port}?tls=no`;
    await expect(send({ kind: 'email', to: 'a@b.c', from: 'a@b.c', smtp }, test)).rejects.toEqual(
      new (forGood ? RefusedForGood : NotSent)(`the mail server refuses the mail (EENVELOPE, ${refuses})`),
    );
    await strict.close();
  });

  it('is mail to addresses that the server refuses beside others: which have it, and which never will', async () => {
    const to = 'a@b.c, Ops@Bücher.example, d@b.c';
    const strict = await mailReceiver({ refuses: { 'Ops@bücher.example': 550, 'd@b.c': 452 } });
    const smtp = `smtp://127.0.0.1:${strict.port}?tls=no`;
    const mailOf = { kind: 'email', to, from: 'a@b.c', smtp } as const;
    const partly = (message: string, settled: object) =>
      expect.objectContaining({ name: 'PartlySent', message, settled });
    const none = { takenBy: [], refusedBy: [] };
    await expect(send(mailOf, test, none)).rejects.toEqual(
      partly('of its 3 addresses the mail server refuses no. 2 (550), no. 3 (452)', {
        ...{ takenBy: [1], refusedBy: [2], left: 1 },
      }),
    );
    await expect(send(mailOf, test, { takenBy: [1], refusedBy: [2] })).rejects.toEqual(
      partly('of its 3 addresses the mail server refuses no. 2, no. 3 (452)', {
        ...{ takenBy: [1], refusedBy: [2], left: 1 },
      }),
    );
    delete strict.refuses['d@b.c'];
    await expect(send(mailOf, test, { takenBy: [1], refusedBy: [2] })).rejects.toEqual(
      partly('of its 3 addresses the mail server refuses no. 2', {
        takenBy: [1, 3],
        refusedBy: [2],
        left: 0,
      }),
    );
    expect(strict.mails.map(({ to: told }) => told)).toEqual([['a@b.c'], ['d@b.c']]);
    await strict.close();
  });

  it('is mail to a server that never comes to an end, and it is hung up on', async () => {
    let hungUp: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      hungUp = resolve;
    });
    await using server = await listening(
      createPlainServer((socket) => {
        socket.write('220-mail.example.com\r\n220 hello\r\n');
        const more = setInterval(() => socket.write('250-and so on\r\n'), 5);
        socket
          .on('error', () => undefined)
          .on('close', () => {
            clearInterval(more);
            hungUp();
          });
      }),
    );
    const smtp = `smtp://127.0.0.1:${server.port}?tls=no`;
    const target = { kind: 'email', to: 'a@b.c', from: 'a@b.c', smtp } as const;
    const sent = sendEmail(target, test, { takenBy: [], refusedBy: [] }, 200);
    await expect(sent).rejects.toEqual(new NotSent('the mail server was not done with the mail in time'));
    await end;
  });

  it('is what nobody listens to', async () => {
    const refusal = await refusalOf(send({ kind: 'slack', url: `http://127.0.0.1:9/${SECRET}` }, test));
    expect(refusal).toBe('the receiver could not be reached (ECONNREFUSED)');
  });

  it('is what leads to an address that is not called', async () => {
    setOutgoing(createOutgoing([]));
    const refusal = await refusalOf(send({ kind: 'slack', url: `https://10.0.0.5/${SECRET}` }, test));
    expect(refusal).toBe('its address is not a public address: change it, or allow it by OUTGOING_ALLOW');
  });
});
