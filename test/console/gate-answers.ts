import type { GateStatus } from '../../src/http/routes/gate-schema.ts';

const NOW = Date.parse('2026-06-01T14:00:00Z');
const MINUTE = 60_000;

function ago(minutes: number): string {
  return new Date(NOW - minutes * MINUTE).toISOString().replace('Z', '000Z');
}

type Signal = GateStatus['signals'][number];

function signal(
  told: Pick<Signal, 'signal' | 'title' | 'target' | 'owner' | 'valueText' | 'value'>,
  limit: number,
): Signal {
  const trend = Array.from({ length: 240 }, (_, index) => {
    const value =
      told.target === '100 %' ? 1 : limit * (0.35 + 0.2 * Math.sin(index / 17) + 0.1 * Math.sin(index / 3));
    return {
      at: ago(240 - index),
      value: index === 100 ? null : value,
      verdict: index === 100 ? 'inconclusive' : 'pass',
    } as const;
  });
  return {
    ...told,
    verdict: 'pass',
    onMiss: 'stop',
    reason: `${told.valueText} of what was looked at.`,
    since: ago(240),
    whatToDo: 'Nothing.',
    trend,
    suppliers: ['acme', 'globex'].map((supplier) => ({
      supplier,
      value: told.value,
      valueText: told.valueText,
      verdict: 'pass',
      reason: 'As the tenant.',
    })),
    storefronts: [],
  };
}

/** A canary on its business day: all is green, two of three traces are explained. */
export function watching(): GateStatus {
  return {
    tenant: 'canary',
    state: 'canary',
    rehearsal: false,
    verdict: 'pass',
    sampledAt: ago(0.5),
    signals: [
      signal(
        {
          signal: 'stale_items',
          title: 'Stale items',
          target: '< 1 %',
          owner: 'Platform',
          value: 0.0031,
          valueText: '0.31 %',
        },
        0.01,
      ),
      signal(
        {
          signal: 'queue_lag',
          title: 'Queue lag',
          target: '< 90 s',
          owner: 'Infra',
          value: 12.4,
          valueText: '12.4 s',
        },
        90,
      ),
      signal(
        {
          signal: 'publish_errors',
          title: 'Publish errors',
          target: '< 0.5 %',
          owner: 'Storefront',
          value: 0,
          valueText: '0 %',
        },
        0.005,
      ),
      signal(
        {
          signal: 'trace_coverage',
          title: 'Trace coverage',
          target: '100 %',
          owner: 'Support Eng',
          value: 1,
          valueText: '100 %',
        },
        1,
      ),
      signal(
        {
          signal: 'feed_health',
          title: 'Feed health',
          target: '100 %',
          owner: 'Platform',
          value: 1,
          valueText: '100.00 %',
        },
        1,
      ),
    ],
    suppliers: [
      { supplier: 'acme', state: 'open', heldEvents: 0, watch: null },
      { supplier: 'globex', state: 'closed', heldEvents: 1412, watch: null },
    ],
    checklist: [
      confirmed(
        'replay-tested',
        'Replay tested on staging',
        'the id of a replay that ended well',
        '2026-05-31-0a1b2c3d',
      ),
      confirmed(
        'dashboard',
        'Dashboard shows queue lag and publish errors',
        'the address of the dashboard',
        'https://grafana.example/d/catalog-sync',
      ),
      confirmed(
        'canary-approved',
        'Canary tenant approved',
        'who approved it, and where',
        'Mara Lind, release meeting of 29 May',
      ),
      confirmed(
        'rollback-note',
        'Rollback note linked in the release ticket',
        'the address of the ticket',
        'https://tickets.example/REL-42',
      ),
      confirmed(
        'support-macro',
        'Support macro includes trace lookup steps',
        'the address of the macro',
        'https://desk.example/macros/7',
      ),
    ],
    watch: {
      beganAt: ago(300),
      watchedSeconds: 18_900,
      neededSeconds: 28_800,
      calendarSeconds: 28_800,
      complete: false,
      ended: false,
      workingNow: true,
      lastMiss: null,
    },
    reviews: [
      review('e-17', 'won', 'CHAIR-01', 'The count of 10:00 is the newest, so the shop shows 7.'),
      review('e-16', 'superseded', 'CHAIR-01', 'It came later but was counted 4 s earlier, so it lost.'),
      review('e-40', 'won', 'LAMP-02', null),
    ],
    sendingAttempts: 1,
    lastSweep: null,
    toOpen: [],
    toWiden: [
      {
        condition: 'watch',
        detail: 'The business day is not over: watch another 2 h 45 min of working time.',
      },
      { condition: 'traces', detail: 'One of three traces is not explained: approve e-40 of acme.' },
    ],
  };
}

/** The same after a storefront refused too much: nothing widens, and the watch begins again. */
export function missed(): GateStatus {
  const status = watching();
  const reason =
    '1.2 % of the last 250 attempts: 3 were refused, the last for canary:CHAIR-01 with HTTP 422.';
  return {
    ...status,
    verdict: 'miss',
    signals: status.signals.map((one) =>
      one.signal === 'publish_errors'
        ? {
            ...one,
            value: 0.012,
            valueText: '1.2 %',
            verdict: 'miss',
            reason,
            since: ago(2),
            whatToDo:
              'Mend it: `catalog-sync doctor --storefront`. Then replay the window, `catalog-sync replay --tenant canary ' +
              '--supplier acme --since TIME`, and watch again.',
            trend: one.trend.map((sample, index) =>
              index < 236 ? sample : { ...sample, value: 0.012, verdict: 'miss' as const },
            ),
          }
        : one,
    ),
    watch: {
      beganAt: ago(1),
      watchedSeconds: 0,
      neededSeconds: 28_800,
      calendarSeconds: 28_800,
      complete: false,
      ended: false,
      workingNow: true,
      lastMiss: { at: ago(2), signal: 'publish_errors', reason },
    },
    reviews: [],
    toWiden: [
      {
        condition: 'signals',
        detail: 'Publish errors misses its target: mend the storefront, replay, watch again.',
      },
      ...status.toWiden.slice(0, 1),
      { condition: 'traces', detail: 'No trace is sampled yet.' },
    ],
  };
}

/** Before the launch: nothing is confirmed, no sample was taken. */
export function closed(): GateStatus {
  const status = watching();
  return {
    ...status,
    state: 'closed',
    verdict: 'inconclusive',
    sampledAt: null,
    signals: status.signals.map((one) => ({
      ...one,
      value: null,
      valueText: 'no data',
      verdict: 'inconclusive',
      reason: 'No sample was taken yet.',
      since: null,
      whatToDo: 'Open the canary, then wait two minutes.',
      trend: [],
      suppliers: [],
    })),
    suppliers: status.suppliers.map((one) => ({ ...one, state: 'closed', heldEvents: 12 })),
    checklist: status.checklist.map((one, index) =>
      index < 2 ? { ...one, confirmedBy: null, reference: null, at: null } : one,
    ),
    watch: null,
    reviews: [],
    sendingAttempts: 0,
    lastSweep: null,
    toOpen: [
      { condition: 'checklist:replay-tested', detail: 'Confirm that a replay was tested on staging.' },
      { condition: 'checklist:dashboard', detail: 'Confirm that the dashboard shows lag and errors.' },
    ],
    toWiden: [{ condition: 'state', detail: 'The canary is closed: open it first.' }],
  };
}

function confirmed(
  name: GateStatus['checklist'][number]['name'],
  title: string,
  evidence: string,
  reference: string,
): GateStatus['checklist'][number] {
  return { name, title, evidence, reference, confirmedBy: 'console mara', at: ago(2880) };
}

function review(
  eventId: string,
  outcome: GateStatus['reviews'][number]['outcome'],
  sku: string,
  explanation: string | null,
): GateStatus['reviews'][number] {
  return {
    forSupplier: null,
    supplier: 'acme',
    eventId,
    itemId: `canary:${sku}`,
    sku,
    outcome,
    sampledAt: ago(30),
    explainedBy: explanation === null ? null : 'console jo',
    explanation,
    approvedAt: explanation === null ? null : ago(12),
  };
}
