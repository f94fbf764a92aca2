import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../../src/start/sample-feed/random.ts';
import type { FaultPart } from '../support/faults/parts.ts';
import type { FaultyProxy } from '../support/faulty-proxy.ts';
import { deck, type Soak } from './soak.ts';
import type { Mood } from './storefront.ts';

interface Fault {
  name: string;
  /** Cards in the pack. */
  often: number;
  /** Breaks something, and mends what does not mend itself. */
  inject(soak: Soak, random: Random): Promise<void>;
}

const AWAY_MS = [300, 3_000] as const;
const STANDS_STILL_MS = [3_000, 12_000] as const;
const PAUSE_MS = [1_000, 5_000] as const;
const PAGES_AT_ONCE = 5;

/** The first server and the first worker are never ended: their memory is watched over the whole time. */
const FAULTS: readonly Fault[] = [
  ended('worker killed', 3, 'kill', ({ product }, random) => [random.pick(product.workers.slice(1)).part]),
  ended('worker ended by SIGTERM', 2, 'stop', ({ product }, random) => [
    random.pick(product.workers.slice(1)).part,
  ]),
  ended('server killed', 2, 'kill', ({ product }) => product.servers.slice(1).map(({ part }) => part)),
  ended('server ended by SIGTERM', 1, 'stop', ({ product }) =>
    product.servers.slice(1).map(({ part }) => part),
  ),
  ended('two workers and a server killed at once', 2, 'kill', ({ product }) =>
    [...product.workers.slice(1), ...product.servers.slice(1)].map(({ part }) => part),
  ),
  ended('Temporal killed', 1, 'kill', ({ product }) => [product.temporal]),
  ended('PostgreSQL killed', 1, 'kill', ({ product }) => [product.postgres]),
  halted('worker stopped, continued', 2, ({ product }, random) => random.pick(product.workers).part),
  halted('server stopped, continued', 1, ({ product }, random) => random.pick(product.servers).part),
  halted('Temporal stopped, continued', 1, ({ product }) => product.temporal),
  ...onTheWay('frozen', (way) => void way.freeze()),
  ...onTheWay('cut', (way) => void way.cut()),
  ...onTheWay('half closed', (way) => void way.halfClose()),
  ...onTheWay('refused', (way) => way.refuse(), STANDS_STILL_MS),
  ...onTheWay('slow', (way) => way.slow({ latencyMs: 200 }), STANDS_STILL_MS),
  ...onTheWay('dumb', (way) => way.freezeAll(), STANDS_STILL_MS),
  moody('storefront answers 503', 1, 'failing'),
  moody('storefront answers late', 1, 'slow'),
  moody('storefront refuses', 1, 'refusing'),
  { name: 'pages of the storefront altered by hand', often: 2, inject: alterPages },
];

/** Breaks one thing after the other until the soak is over. */
export async function injectFaults(soak: Soak): Promise<void> {
  const random = soak.random();
  const next = deck(FAULTS, random);
  while (!soak.over.aborted) {
    const { name, inject } = next();
    soak.doing.fault = name;
    const fromMs = Date.now();
    await inject(soak, random);
    soak.faults.push({ name, fromMs, toMs: Date.now() });
    soak.doing.fault = '';
    await sleep(random.int(...PAUSE_MS), undefined, { signal: soak.over }).catch(() => {});
  }
}

/** Another quantity under the same or a higher version, a page lost, a page of old. */
async function alterPages({ product: { storefront }, count }: Soak, random: Random): Promise<void> {
  const itemIds = [...storefront.pages.keys()];
  for (let no = 0; no < Math.min(PAGES_AT_ONCE, itemIds.length); no += 1) {
    const itemId = random.pick(itemIds);
    const page = storefront.pages.get(itemId);
    if (!page) continue;
    const by = random.int(-1, 3);
    if (by === -1) storefront.pages.delete(itemId);
    else if (random.chance(0.8)) {
      storefront.pages.set(itemId, { version: page.version + by, quantity: page.quantity + 1 });
    } else storefront.pages.set(itemId, { ...page, version: Math.max(1, page.version - 1) });
    count('pages altered by hand');
  }
}

function ended(
  name: string,
  often: number,
  how: 'kill' | 'stop',
  which: (soak: Soak, random: Random) => FaultPart[],
): Fault {
  return {
    name,
    often,
    inject: async (soak, random) => {
      const parts = which(soak, random);
      const awayMs = random.int(...AWAY_MS);
      for (const part of parts) soak.inHand.add(part);
      await Promise.all(
        parts.map(async (part) => {
          const begun = performance.now();
          await part[how]();
          if (how === 'stop') soak.stops.push((performance.now() - begun) / 1_000);
          await sleep(awayMs);
          await part.start();
          soak.inHand.delete(part);
        }),
      );
    },
  };
}

/** Connections to PostgreSQL, Temporal and the storefront. @param lasts until new ones work again, in ms */
function onTheWay(
  what: string,
  breakIt: (way: FaultyProxy) => void,
  lasts?: readonly [number, number],
): Fault[] {
  return (['PostgreSQL', 'Temporal', 'storefront'] as const).map((to) => {
    const name = to === 'PostgreSQL' ? 'postgres' : to === 'Temporal' ? 'temporal' : 'storefront';
    return {
      name: `connections to ${to} ${what}`,
      often: 1,
      inject: async ({ product }, random) => {
        const way = product.ways[name];
        breakIt(way);
        if (!lasts) return;
        await sleep(random.int(...lasts));
        way.mend();
      },
    };
  });
}

function halted(name: string, often: number, which: (soak: Soak, random: Random) => FaultPart): Fault {
  return {
    name,
    often,
    inject: async (soak, random) => {
      const pid = which(soak, random).pid();
      process.kill(pid, 'SIGSTOP');
      await sleep(random.int(...STANDS_STILL_MS));
      process.kill(pid, 'SIGCONT');
    },
  };
}

function moody(name: string, often: number, mood: Mood): Fault {
  return {
    name,
    often,
    inject: async ({ product: { storefront } }, random) => {
      storefront.mood = mood;
      await sleep(random.int(...STANDS_STILL_MS));
      storefront.mood = 'well';
    },
  };
}
