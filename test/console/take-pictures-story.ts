import { setTimeout as wait } from 'node:timers/promises';
import { microsOf } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { follow, settled, startReplay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import type { ConsoleUnderTest } from './console.ts';
import { send, TENANT } from './shop.ts';

export const SHOP = TENANT;
/** A tenant on its way through the gate. */
export const LAUNCHED = 'shop';

/** A rehearsal's business day; the page says that it is one. */
const GATE = { sampleSeconds: 1, businessDaySeconds: 15 };
const UPDATES = 260;
const REFUSED = 5;
/** Trace coverage looks at events once they are acknowledged for so long. */
const ACKNOWLEDGED_MS = 91_000;

/** e-17 wins CHAIR-01 with 7; e-16 comes later, and was counted 4 s earlier. */
export async function tellStory({ product }: ConsoleUnderTest): Promise<void> {
  const { database } = product;
  await product.startWorker({ gate: GATE });
  await openTenant(database, SHOP, ['acme', 'globex']);
  const newest = Date.now() - 60_000;
  const at = (secondsBefore: number): string => new Date(newest - secondsBefore * 1000).toISOString();
  await send(product, 'acme', 'e-15', 'chair-01', 12, at(125));
  await settled(database);
  await send(product, 'acme', 'e-17', 'CHAIR-01', 7, at(0));
  await settled(database);
  await send(product, 'acme', 'e-16', 'CHAIR-01', 9, at(4));
  await send(product, 'globex', 'g-3', 'CHAIR-01', 8, at(34.75));
  await settled(database);
}

/** A launch by the gate's own rules, up to two of three explained updates. */
export async function launch(console_: ConsoleUnderTest): Promise<void> {
  const { product } = console_;
  const { database } = product;
  const token = await console_.token({ role: 'admin', name: 'mara' });
  const gate = async (method: string, step: string, body?: object): Promise<GateAnswer> => {
    const answer = await fetch(`${console_.url}/v1/tenants/${LAUNCHED}/gate${step}`, {
      method,
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${step}: ${await answer.text()}`);
    return (await answer.json()) as GateAnswer;
  };

  await database.tenant.create({ data: { id: LAUNCHED, calendar: ALWAYS } });
  await database.supplier.createMany({
    data: ['acme', 'globex'].map((id) => ({ tenantId: LAUNCHED, id })),
  });
  const replay = await startReplay(database, { tenant: SHOP });
  await follow(database, replay);
  const evidence = {
    'replay-tested': replay,
    dashboard: 'https://grafana.example/d/catalog-sync',
    'canary-approved': 'Mara Lind, release meeting of 24 November',
    'rollback-note': 'https://tickets.example/REL-42',
    'support-macro': 'https://desk.example/macros/7',
  };
  for (const [name, reference] of Object.entries(evidence)) {
    await gate('PUT', `/checklist/${name}`, { reference });
  }
  await gate('POST', '/open', { suppliers: ['acme'], reason: 'release 12' });
  for (let no = 1; no <= UPDATES; no += 1) await update(console_, no);
  await record(database, LAUNCHED, 'globex', [event('g-1', 'TABLE-01', 6), event('g-2', 'TABLE-02', 4)]);
  await settled(database);
  await wait(ACKNOWLEDGED_MS);
  await until(async () => (await gate('GET', '')).reviews.length === 3, 120_000);
  const { reviews } = await gate('GET', '');
  for (const { supplier, eventId, sku, outcome } of reviews.slice(0, 2)) {
    const explanation =
      outcome === 'won'
        ? `The newest count of ${sku}, so the shop shows it.`
        : `A newer count of ${sku} has come since.`;
    await gate('POST', '/approve-trace', { supplier, eventId, explanation });
  }
}

/** The storefront turns some updates down, and the gate sees it. */
export async function refuseSome(console_: ConsoleUnderTest): Promise<void> {
  console_.product.storefront.control.rejectReason = 'unknown product';
  for (let no = 1; no <= REFUSED; no += 1) await update(console_, UPDATES + no);
}

async function update({ product }: ConsoleUnderTest, no: number): Promise<void> {
  const sku = `ITEM-${String((no % 97) + 1).padStart(2, '0')}`;
  await record(product.database, LAUNCHED, 'acme', [event(`e-${no}`, sku, (no * 7) % 50)]);
}

function event(eventId: string, sku: string, quantity: number) {
  return { eventId, sku, quantity, updatedAt: microsOf(new Date()) };
}

interface GateAnswer {
  reviews: { supplier: string; eventId: string; sku: string; outcome: string }[];
}

/** Every hour of every day, so that the watch goes on whenever the pictures are taken. */
const ALWAYS = { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: [] };
