import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createToken } from '../../src/access/tokens.ts';
import { SHOP } from '../../src/storefront/of-tenant.ts';
import { eventMaker } from '../events.ts';
import { TENANT, type BenchDatabase, type Parts } from '../parts.ts';
import { fillTenant } from '../readers/fill-tenant.ts';
import { figure, table } from '../report/markdown.ts';
import { percentile } from '../stats.ts';
import { postSigned, startOurs } from '../subjects.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

const LARGE = 'large';
const HANGING = 'hangs';
const POSTS_A_SECOND = 20;

interface Load {
  title: string;
  env: Record<string, string>;
}

/** How long the signed POSTs of one tenant take while others read, hang, or connect and say nothing. */
export async function readers(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const items = options.full ? 150_000 : 20_000;
  const database = await parts.databaseOf('readers');
  options.say(`readers: a tenant of ${items} items`);
  await fillTenant(database, LARGE, items);
  const secret = await database.addTenant(HANGING);
  const shop = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(shop, 'listening');
  const shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  const own = { tenantId: HANGING, name: SHOP, url: shopUrl, secret: Buffer.alloc(1) };
  await database.database.storefront.create({ data: own });
  const running = await startOurs(parts, { databaseName: 'readers', workers: 0 });
  await postSigned(running.url, HANGING, secret, eventMaker('trace')(1));
  const token = await viewer(database, LARGE);
  const search = ['DEKS-A-000001', 'DESK-Q-1499', 'DESK', 'CHAIR-01'].map(
    (text) => `/v1/tenants/${LARGE}/search?q=${text}`,
  );
  const list = ['won', 'superseded', 'rejected', 'failed'].map(
    (outcome) => `/v1/tenants/${LARGE}/events?outcome=${outcome}`,
  );
  const loads: Load[] = [
    {
      title: `40 searches at once in a tenant of ${items.toLocaleString('en')} items`,
      env: { LOAD: 'reads', AT_ONCE: '40', TOKEN: token, ADDRESSES: JSON.stringify(search) },
    },
    {
      title: '40 lists at once, filtered by outcome',
      env: { LOAD: 'reads', AT_ONCE: '40', TOKEN: token, ADDRESSES: JSON.stringify(list) },
    },
    {
      title: '60 traces at once beside a storefront that hangs',
      env: {
        LOAD: 'reads',
        AT_ONCE: '60',
        TOKEN: await viewer(database, HANGING),
        ADDRESSES: JSON.stringify([`/v1/tenants/${HANGING}/items/TRACE-1/trace`]),
      },
    },
    { title: '1,000 half-open connections', env: { LOAD: 'half-open', AT_ONCE: '1000' } },
  ];
  const rows: string[][] = [];
  const measure = (prefix: string): Promise<Posts> =>
    timePosts(running.url, database.supplierSecret, prefix, options.full ? 20 : 8);
  try {
    await measure('warm');
    for (const [no, { title, env }] of loads.entries()) {
      const alone = await measure(`alone${no}`);
      const child = parts.run(
        `load-${no}`,
        ['--import', 'tsx', path.join(import.meta.dirname, '../readers/load.ts')],
        { URL: running.url, ...env },
      );
      await sleep(3_000);
      const beside = await measure(`beside${no}`);
      await child.stop();
      const log = await readFile(path.join(parts.folder, 'logs', `load-${no}.log`), 'utf8');
      rows.push([
        title,
        `${beside.accepted} of ${beside.sent}`,
        figure(alone.p95, 1),
        figure(beside.p50, 1),
        figure(beside.p95, 1),
        figure(beside.p95 / alone.p95, 2),
        told(log),
      ]);
      options.say(rows.at(-1)?.join(' | ') ?? '');
      await sleep(2_000);
    }
  } finally {
    await running.stop();
    shop.close();
  }
  return {
    name: 'readers',
    markdown: table(
      [
        `${POSTS_A_SECOND} signed POSTs/s beside …`,
        'accepted',
        'p95 alone, ms',
        'p50 beside',
        'p95 beside',
        'ratio of p95',
        'what the others got',
      ],
      rows,
    ),
  };
}

interface Posts {
  sent: number;
  accepted: number;
  p50: number;
  p95: number;
}

/** The rate is kept whatever the answers take. One that is not accepted counts as long as it took, and as not accepted. */
async function timePosts(url: string, secret: Buffer, prefix: string, seconds: number): Promise<Posts> {
  const make = eventMaker(prefix);
  const took: number[] = [];
  let accepted = 0;
  const posts: Promise<void>[] = [];
  const begun = performance.now();
  for (let no = 0; no < seconds * POSTS_A_SECOND; no += 1) {
    const wait = begun + (no * 1000) / POSTS_A_SECOND - performance.now();
    if (wait > 0) await sleep(wait);
    const sentAt = performance.now();
    const post = postSigned(url, TENANT, secret, make(1)).then(
      () => (accepted += 1),
      () => undefined,
    );
    posts.push(post.then(() => void took.push(performance.now() - sentAt)));
  }
  await Promise.all(posts);
  return { sent: took.length, accepted, p50: percentile(took, 0.5), p95: percentile(took, 0.95) };
}

async function viewer({ database }: BenchDatabase, tenant: string): Promise<string> {
  const { id, token, hash } = createToken();
  await database.apiToken.create({
    data: { id, name: `viewer of ${tenant}`, role: 'viewer', tokenHash: hash, tenantId: tenant },
  });
  return token;
}

function told(log: string): string {
  const counted = JSON.parse(/counted (.*)/.exec(log)?.[1] ?? '{}') as Record<string, number>;
  return Object.entries(counted)
    .map(([what, count]) => `${count.toLocaleString('en')} × ${what}`)
    .join(', ');
}
