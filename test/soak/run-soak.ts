import { existsSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { addSupplier } from '../../src/flags/suppliers.ts';
import { addTenant } from '../../src/flags/tenants.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { processesNaming, remainders } from '../support/system/processes.ts';
import { injectFaults } from './faults.ts';
import { lagsOf, readWays, recoveriesOf, type Lags, type Recovery } from './figures.ts';
import { findHeld, findWrong, readUnanswered, type Finding } from './find-wrong.ts';
import { command } from './command.ts';
import { openSupplier, operate } from './operators.ts';
import type { SoakOptions } from './options.ts';
import { createOracle } from './oracle.ts';
import { openProduct } from './product.ts';
import { growthOf, watch, type Growth } from './samples.ts';
import { untilSettled } from './settle.ts';
import { LATECOMER, TENANTS, type Soak } from './soak.ts';
import { sendEvents } from './suppliers.ts';

export interface SoakReport {
  seed: number;
  /** Of sending and breaking. */
  seconds: number;
  counts: Map<string, number>;
  lags: Lags;
  recoveries: Recovery[];
  growths: Growth[];
  /** Until nothing was left to do after the last fault, in s. */
  settledAfter: number | undefined;
  findings: Finding[];
  /** Data and logs, kept when something is wrong. */
  folder: string;
}

const SETTLE_MS = 240_000;
const STOPS_WITHIN_S = 15;
/** Below, memory still grows into what it will be. */
const JUDGED_FROM_S = 300;

/**
 * Sends, breaks and operates for some minutes, then mends all, waits until it is settled, and holds it against what
 * was sent.
 *
 * @param say what is going on, for a person who waits
 * @param asked fires to end it early; all is checked even so
 */
export async function runSoak(
  options: Pick<SoakOptions, 'minutes' | 'seed' | 'perSecond'>,
  say: (doing: string) => void,
  asked: AbortSignal,
): Promise<SoakReport> {
  say('starting PostgreSQL, Temporal, two servers and three workers');
  const product = await openProduct(say);
  let report: SoakReport | undefined;
  try {
    report = await soakProduct(product, options, say, asked);
  } finally {
    say('ending all processes');
    await product.close();
  }
  report.findings.push(await findLeft(product));
  if (report.findings.every(({ wrong }) => wrong.length === 0)) {
    rmSync(product.folder, { recursive: true, force: true });
    report.findings.at(-1)?.wrong.push(...(existsSync(product.folder) ? [`${product.folder} is left`] : []));
  }
  return report;
}

async function soakProduct(
  product: Soak['product'],
  { minutes, seed, perSecond }: Pick<SoakOptions, 'minutes' | 'seed' | 'perSecond'>,
  say: (doing: string) => void,
  asked: AbortSignal,
): Promise<SoakReport> {
  const soak = newSoak(product, seed, endOf(minutes * 60_000, asked));
  const suppliers = await addSuppliers(soak);
  const begun = Date.now();
  const telling = setInterval(() => say(wordsOf(soak, begun, minutes)), 500);
  const watching = watch(soak);
  const guarding = guard(soak);
  try {
    await Promise.all([sendEvents(soak, suppliers, perSecond), injectFaults(soak), operate(soak)]);
  } finally {
    clearInterval(telling);
  }
  const seconds = (Date.now() - begun) / 1_000;
  const growths = (await watching).map(growthOf);

  const settle = (): Promise<number | undefined> =>
    untilSettled(soak, SETTLE_MS, (rest) => say(`waiting until all is done: ${rest}`));
  const settledAfter = await settle();
  const held = await findHeld(soak);
  await openSupplier(soak, { ...LATECOMER, reason: 'the soak is over' });
  await settle();
  say('replaying what the storefront refused');
  await replayRefused(soak);
  await settle();
  say('sweeping the storefront');
  await sweepAll(soak, ['--repair']);
  await settle();
  await sweepAll(soak, []);
  await guarding.stop();
  say('holding all against what was sent');
  await readUnanswered(soak);
  for (const way of await readWays(soak)) soak.ways.set(way.seq, way);
  const ways = [...soak.ways.values()];
  const findings = [
    ...(await findWrong(soak)),
    held,
    findSlowStops(soak),
    ...(seconds >= JUDGED_FROM_S ? [findGrowth(growths)] : []),
    { what: 'nothing unexpected on the way', wrong: soak.wrong },
  ];
  const recoveries = recoveriesOf(soak.faults, ways);
  const { counts } = soak;
  const { folder } = product;
  return { seed, seconds, counts, lags: lagsOf(ways), recoveries, growths, settledAfter, findings, folder };
}

/** Fires when the time is over, or when asked to. */
function endOf(ms: number, asked: AbortSignal): AbortSignal {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), ms);
  const end = (): void => {
    clearTimeout(timer);
    over.abort();
  };
  if (asked.aborted) end();
  else asked.addEventListener('abort', end, { once: true });
  return over.signal;
}

function newSoak(product: Soak['product'], seed: number, over: AbortSignal): Soak {
  const counts: Soak['counts'] = new Map();
  let draws = 0;
  return {
    ...{ product, over, counts, oracle: createOracle() },
    random: () => createRandom(seed * 1_000 + (draws += 1)),
    count: (what, times = 1) => void counts.set(what, (counts.get(what) ?? 0) + times),
    ...{ begunMs: Date.now(), ways: new Map(), aged: new Set() },
    ...{ faults: [], closed: [], inHand: new Set(), stops: [], wrong: [] },
    doing: { fault: '', operator: '' },
  };
}

async function addSuppliers({ product: { database, secretsKeys } }: Soak) {
  const by = { actor: 'soak', reason: 'soak' };
  const added: { tenant: string; supplier: string; secret: Buffer }[] = [];
  for (const [tenant, suppliers] of Object.entries(TENANTS)) {
    await addTenant(database, { ...by, tenant, state: 'open' });
    for (const supplier of suppliers) {
      const state = supplier === LATECOMER.supplier ? 'closed' : 'open';
      const { secret } = await addSupplier(database, secretsKeys, { ...by, tenant, supplier, state });
      added.push({ tenant, supplier, secret: parseSecret(secret) });
    }
  }
  return added;
}

/** A part that ends though nobody ended it is started again, as any house would; that it ended is wrong. */
function guard({ product, inHand, wrong }: Soak): { stop(): Promise<void> } {
  const parts = [...product.servers, ...product.workers].map(({ part }) => part);
  let stopped = false;
  const look = async (): Promise<void> => {
    while (!stopped) {
      for (const part of parts) {
        const end = part.ended();
        if (end === undefined || inHand.has(part)) continue;
        wrong.push(`${part.name} ended by itself: ${end}`);
        inHand.add(part);
        await part.start();
        inHand.delete(part);
      }
      await sleep(500);
    }
  };
  const ended = look();
  return {
    stop: () => {
      stopped = true;
      return ended;
    },
  };
}

/** As docs/failure-modes.md tells people to; not from before the soak, to where what was pruned was made older. */
async function replayRefused(soak: Soak): Promise<void> {
  const since = new Date(soak.begunMs).toISOString();
  for (const tenant of Object.keys(TENANTS)) {
    const window = ['--tenant', tenant, '--since', since, '--yes'];
    const { code, stderr } = await command(
      soak,
      ['replay', ...window, '--failure-mode', 'publish_rejected'],
      SETTLE_MS,
    );
    if (code !== 0) soak.wrong.push(`the replay of what ${tenant} refused failed: ${stderr.slice(-300)}`);
  }
}

/** Twice, with the second one, nothing may be left to find. */
async function sweepAll(soak: Soak, further: readonly string[]): Promise<void> {
  for (const tenant of Object.keys(TENANTS)) {
    const { code, values, stderr } = await command(
      soak,
      ['sweep', '--tenant', tenant, ...further],
      SETTLE_MS,
    );
    const said = `${JSON.stringify(values.at(-1))} ${stderr.slice(-300)}`;
    if (code !== 0) soak.wrong.push(`sweep of ${tenant} ${further.join(' ')}: exit code ${code}: ${said}`);
  }
}

function findSlowStops({ stops }: Soak): Finding {
  const slow = stops.filter((seconds) => seconds > STOPS_WITHIN_S);
  const longest = Math.max(0, ...stops).toFixed(1);
  return {
    what: `SIGTERM ends each of ${stops.length} within ${STOPS_WITHIN_S} s: ${longest} s at most`,
    wrong: slow.map((seconds) => `a process ended ${seconds.toFixed(1)} s after SIGTERM`),
  };
}

/** A tenth more from the first to the last third of the second half, and a little for what is small, is no leak. */
function findGrowth(growths: readonly Growth[]): Finding {
  const wrong = growths.flatMap(({ name, first, last, slope }) =>
    last > first * 1.1 + 10 ? [`${name}: from ${first} to ${last}, ${slope.toFixed(1)} a minute`] : [],
  );
  return { what: 'memory, files and connections flat in the second half', wrong };
}

async function findLeft(product: Soak['product']): Promise<Finding> {
  const wrong = await remainders(() => processesNaming(product.folder));
  for (const port of product.ports) {
    const socket = connect({ host: '127.0.0.1', port });
    const answered = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (answered) wrong.push(`somebody still listens on port ${port}`);
  }
  return { what: 'no process, no port, no file left', wrong };
}

function wordsOf({ counts, doing, wrong }: Soak, begun: number, minutes: number): string {
  const left = Math.max(0, Math.ceil(minutes * 60 - (Date.now() - begun) / 1_000));
  const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} left`;
  const events = `${counts.get('events acknowledged') ?? 0} events`;
  const now = [doing.fault, doing.operator].filter((words) => words !== '').join('; ');
  return [clock, events, ...(wrong.length > 0 ? [`${wrong.length} wrong`] : []), now].join(', ');
}
