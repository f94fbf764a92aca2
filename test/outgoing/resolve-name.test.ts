import { lookup } from 'node:dns/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressesInHosts } from '../../src/outgoing/hosts-file.ts';
import { nameResolver } from '../../src/outgoing/resolve-name.ts';
import { nameServer } from './name-server.ts';

function hostsFile(text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'hosts-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'hosts'), text);
  return path.join(folder, 'hosts');
}

describe('a name is looked up', () => {
  const limitMs = 400;

  it('at the name servers', async () => {
    const nameServers = [await nameServer({ 'shop.example.com': '192.0.2.7' })];
    const resolve = nameResolver({ hostsFile: '/nowhere', nameServers, limitMs: 5_000 });
    expect(await resolve('shop.example.com')).toEqual([{ address: '192.0.2.7', family: 4 }]);
    await expect(resolve('nobody.example.com')).rejects.toThrow(/ENOTFOUND nobody\.example\.com/);
  });

  it('in the hosts file first', async () => {
    const nameServers = [await nameServer({ 'shop.example.com': '192.0.2.7' })];
    const file = hostsFile('10.1.2.3 shop.example.com\n');
    const resolve = nameResolver({ hostsFile: file, nameServers, limitMs: 5_000 });
    expect(await resolve('shop.example.com')).toEqual([{ address: '10.1.2.3', family: 4 }]);
  });

  it('no longer than the limit where no name server answers, and nobody else waits for that', async () => {
    const resolve = nameResolver({ hostsFile: '/nowhere', nameServers: [await nameServer({})], limitMs });
    let ended = 0;
    const silent = Array.from({ length: 16 }, (_, number) =>
      resolve(`silent-${number}.example.com`).catch((error: Error) => {
        ended += 1;
        return error.message;
      }),
    );
    // As a new connection to the database looks its host up.
    await lookup('localhost');
    expect(ended).toBe(0);
    const begun = performance.now();
    expect((await Promise.all(silent))[3]).toBe(
      'no name server answered for silent-3.example.com within 400 ms',
    );
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('the hosts file', () => {
  const text =
    '# 10.0.0.1 shop\n127.0.0.1 localhost\n10.1.2.3\tdb  Shop.Local # the shop\nfd00::7 shop.local\nx shop\n';

  it.each([
    ['shop.local', ['10.1.2.3', 'fd00::7']],
    ['SHOP.local.', ['10.1.2.3', 'fd00::7']],
    ['db', ['10.1.2.3']],
    ['shop', []],
    ['the', []],
    ['localhost', ['127.0.0.1', '::1']],
    ['shop.localhost', ['127.0.0.1', '::1']],
    ['notlocalhost', []],
  ])('gives %s %j', (hostname, addresses) => {
    expect(addressesInHosts(text, hostname).map(({ address }) => address)).toEqual(addresses);
  });
});
