import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { LOOPBACK } from '../../src/config/address-ranges.ts';
import { guardedConnector } from '../../src/outgoing/connector.ts';
import { OutgoingRefused } from '../../src/outgoing/guard.ts';
import { createOutgoing, setOutgoing, type Outgoing } from '../../src/outgoing/outgoing.ts';
import type { ResolveName } from '../../src/outgoing/resolve-name.ts';
import { bustCache } from '../../src/storefront/bust-cache.ts';
import { readBack } from '../../src/storefront/read-back.ts';

/** Listens on every address of this machine, IPv4 and IPv6: whatever gets here was connected to. */
let inside: Server;
let port: number;
let connections = 0;

beforeAll(async () => {
  inside = createServer((_request, response) => void response.end('{"accepted": true}'));
  inside.on('connection', () => (connections += 1));
  await new Promise<void>((resolve) => inside.listen(0, '::', resolve));
  port = (inside.address() as AddressInfo).port;
});
afterAll(() => void inside?.close());

const ITEM = { itemId: 't:A', tenant: 't', sku: 'A', version: 1, quantity: 1 };

function get(outgoing: Outgoing, address: string): Promise<number> {
  const request = { method: 'GET', headers: {}, signal: AbortSignal.timeout(5_000) } as const;
  return outgoing.call(new URL(address), request).then(({ status, body }) => {
    body.resume();
    return status;
  });
}

/** A name server of the test: each look-up takes the next of the answers, the last for ever. */
function answering(...answers: string[][]): ResolveName & { asked: number } {
  const resolve = Object.assign(
    () => {
      const answer = answers[Math.min(resolve.asked, answers.length - 1)] ?? [];
      resolve.asked += 1;
      return Promise.resolve(answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
    },
    { asked: 0 },
  );
  return resolve;
}

const SPELLINGS = [
  ...['127.0.0.1', '127.0.0.1.', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7F.1', '0177.0.0.1'],
  ...[
    '017700000001',
    '00000177.0.0.1',
    '127.0x0.0.01',
    '0',
    '0.0.0.0',
    '0x0',
    '127.127.127.127',
    '127.255.255.254',
  ],
  ...[
    '%31%32%37.0.0.1',
    '%6cocalhost',
    '１２７.0.0.1',
    '127。0。0。1',
    '127．0．0．1',
    '⑫7.0.0.1',
    '127.0.0.①',
  ],
  ...['localhost', 'LOCALHOST', 'ｌocalhost'],
  ...['[::1]', '[0:0:0:0:0:0:0:1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::FFFF:0:127.0.0.1]'],
  ...[
    '[::127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fd00:ec2::254]',
  ],
  ...['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', '169.254.169.254', '0xa9fea9fe', '2852039166'],
  ...[
    '0251.0376.0251.0376',
    '[::ffff:a9fe:a9fe]',
    '168.63.129.16',
    '100.100.100.200',
    '224.0.0.1',
    '255.255.255.255',
  ],
];

describe('an address that is not public', () => {
  const strict = createOutgoing([]);

  it.each(SPELLINGS)('is refused as %s, and nothing connects', async (spelling) => {
    const before = connections;
    for (const protocol of ['http', 'https']) {
      const address = `${protocol}://${spelling}:${port}/`;
      await expect(get(strict, address)).rejects.toBeInstanceOf(OutgoingRefused);
      expect(await strict.check(new URL(address))).toBeInstanceOf(OutgoingRefused);
    }
    expect(connections).toBe(before);
  });

  it.each([
    '[fe80::1%25eth0]',
    '[::1%25lo]',
    '127.0.0.1%00',
    '127.0.0.256',
    '127.0.0.1 ',
    '0x7f.0.0.0.1',
    '1.2.3.08',
  ])('is no address as %s', (spelling) => expect(URL.canParse(`http://${spelling}:80/`)).toBe(false));

  it('is refused with the storefront calls, which say what to do', async () => {
    setOutgoing(strict);
    onTestFinished(() => setOutgoing(undefined));
    const storefrontUrl = `http://127.0.0.1:${port}`;
    const before = connections;
    const answer = await bustCache({
      ...{ storefrontUrl, secret: Buffer.alloc(32, 1), messageId: 'm', item: ITEM, timeoutMs: 2_000 },
    });
    expect(answer).toMatchObject({
      kind: 'unreachable',
      reason: expect.stringMatching(/^not called \[127\.0\.0\.1 /),
    });
    expect(answer.reason).toMatch(/not a public address: .*tenant set.*OUTGOING_ALLOW/);
    await expect(readBack({ storefrontUrl, itemId: 't:A', timeoutMs: 2_000 })).rejects.toThrow(
      /not a public/,
    );
    expect(connections).toBe(before);
  });
});

describe('a name', () => {
  const nameOf = (protocol = 'http'): string => `${protocol}://shop.example.com:${port}/`;

  it.each([
    [['127.0.0.1']],
    [['::1']],
    [['::ffff:127.0.0.1']],
    [['10.1.2.3']],
    [['169.254.169.254']],
    [['fd00::1']],
    [['fe80::1%eth0']],
    [['1.1.1.1', '127.0.0.1']],
    [['2606:4700::1111', '::1']],
    [['0.0.0.0']],
  ])('is refused that leads to %j', async (addresses) => {
    const before = connections;
    for (const protocol of ['http', 'https']) {
      const outgoing = createOutgoing([], answering(addresses));
      const refused = await get(outgoing, nameOf(protocol)).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(OutgoingRefused);
      expect(String(refused)).toMatch(/shop\.example\.com leads to/);
    }
    expect(connections).toBe(before);
  });

  it('that changes between two look-ups is refused at the call, however good it was before', async () => {
    const before = connections;
    const outgoing = createOutgoing([], answering(['1.1.1.1'], ['127.0.0.1']));
    expect(await outgoing.check(new URL(nameOf('https')))).toBeUndefined();
    await expect(get(outgoing, nameOf('https'))).rejects.toBeInstanceOf(OutgoingRefused);
    expect(connections).toBe(before);
  });

  it('is looked up once for a connection, so that nothing can change between judging and connecting', async () => {
    const resolve = answering(['127.0.0.1'], ['10.1.2.3']);
    const outgoing = createOutgoing(LOOPBACK, resolve);
    expect(await get(outgoing, nameOf())).toBe(200);
    expect(resolve.asked).toBe(1);
  });

  it('is called when the addresses that it leads to are allowed', async () => {
    expect(await get(createOutgoing(LOOPBACK, answering(['127.0.0.1'])), nameOf())).toBe(200);
    expect(await get(createOutgoing(LOOPBACK, answering(['::1'])), nameOf())).toBe(200);
    const mixed = createOutgoing(LOOPBACK, answering(['127.0.0.1', '10.1.2.3']));
    await expect(get(mixed, nameOf())).rejects.toThrow(/10\.1\.2\.3/);
  });

  it('without an address is an error of the network, and may be set', async () => {
    const nobody: ResolveName = (hostname) => Promise.reject(new Error(`queryA ENOTFOUND ${hostname}`));
    const outgoing = createOutgoing([], nobody);
    await expect(get(outgoing, nameOf('https'))).rejects.toThrow(/ENOTFOUND/);
    expect(await outgoing.check(new URL(nameOf('https')))).toBeUndefined();
    await expect(get(createOutgoing([], answering([])), nameOf('https'))).rejects.toThrow(/no address/);
  });

  it('is called by https only where it is public', async () => {
    const outgoing = createOutgoing([], answering(['1.1.1.1']));
    await expect(get(outgoing, nameOf('http'))).rejects.toThrow(/by https only/);
    expect(await outgoing.check(new URL(nameOf('http')))).toBeInstanceOf(OutgoingRefused);
    expect(await outgoing.check(new URL(nameOf('https')))).toBeUndefined();
  });
});

describe('a connection', () => {
  it('that leads elsewhere than it was judged is ended before anything is sent', async () => {
    const bytes: Buffer[] = [];
    const server = createTcpServer((socket) => {
      socket.on('data', (chunk: Buffer) => bytes.push(chunk));
      socket.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const connect = guardedConnector({
      refusalOfLiteral: () => undefined,
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
      refusalOf: (_protocol, address) => new OutgoingRefused(`${address} is elsewhere`),
    });
    const [error] = await new Promise<[Error | null, unknown]>((resolve) => {
      const options = { hostname: 'shop.example.com', host: 'shop.example.com', protocol: 'http:' };
      connect({ ...options, port: String((server.address() as AddressInfo).port) }, (...args) =>
        resolve(args),
      );
    });
    expect(error?.message).toBe('127.0.0.1 is elsewhere');
    expect(bytes).toEqual([]);
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('is not followed, and says so: %i', async (status) => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { location: `http://127.0.0.1:${port}/` }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    setOutgoing(createOutgoing(LOOPBACK));
    onTestFinished(() => {
      setOutgoing(undefined);
      server.closeAllConnections();
      server.close();
    });
    const storefrontUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const before = connections;
    const said = `HTTP ${status}: redirects are not followed`;
    const bust = { storefrontUrl, secret: Buffer.alloc(32, 1), messageId: 'm', item: ITEM, timeoutMs: 2_000 };
    expect(await bustCache(bust)).toEqual({ kind: 'unreachable', reason: said, httpStatus: status });
    await expect(readBack({ storefrontUrl, itemId: 't:A', timeoutMs: 2_000 })).rejects.toThrow(said);
    expect(connections).toBe(before);
  });
});
