import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * What others do meanwhile, in a process of its own, until it is stopped. LOAD is `reads` (of ADDRESSES, AT_ONCE at a time,
 * each as soon as the one before is answered, whatever the answer) or `half-open` (AT_ONCE connections that are made anew when
 * they are closed: half of them hold back their headers, half their bodies).
 */
const { LOAD = '', URL: url = '', TOKEN = '', ADDRESSES = '[]', AT_ONCE = '1' } = process.env;
const counts = new Map<string, number>();
const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);

process.once('SIGTERM', () => {
  console.log(`counted ${JSON.stringify(Object.fromEntries(counts))}`);
  process.exit(0);
});

async function read(addresses: readonly string[]): Promise<never> {
  for (;;) {
    const address = addresses[Math.floor(Math.random() * addresses.length)] ?? '';
    try {
      const answer = await fetch(url + address, { headers: { authorization: `Bearer ${TOKEN}` } });
      await answer.arrayBuffer();
      count(String(answer.status));
    } catch {
      count('no answer');
      await sleep(100);
    }
  }
}

/** A few bytes now and then, as long as it is open. */
async function hold(no: number): Promise<never> {
  const { hostname, port } = new URL(url);
  for (;;) {
    const socket: Socket = connect(Number(port), hostname);
    let open = true;
    socket.on('error', () => undefined).on('close', () => (open = false));
    socket.resume();
    socket.write('POST /v1/tenants/bench/suppliers/load/events HTTP/1.1\r\nHost: x\r\n');
    if (no % 2 === 0) {
      const time = Math.floor(Date.now() / 1000);
      socket.write(
        `webhook-id: half-${no}\r\nwebhook-timestamp: ${time}\r\nwebhook-signature: v1,${'A'.repeat(43)}=\r\n`,
      );
      socket.write('Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{');
    }
    while (open) {
      await sleep(500);
      if (open) socket.write(no % 2 === 0 ? ' ' : 'X-A: b\r\n');
    }
    count('closed');
    await sleep(Math.random() * 1_000);
  }
}

const all = Array.from({ length: Number(AT_ONCE) }, (_, no) => no);
await Promise.all(all.map((no) => (LOAD === 'reads' ? read(JSON.parse(ADDRESSES) as string[]) : hold(no))));
