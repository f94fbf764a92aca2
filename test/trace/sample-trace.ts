import { SAME_MOMENT } from '../../src/domain/same-moment.ts';
import type { Trace, TraceEvent, TraceShare } from '../../src/trace/trace.ts';

const at = (second: number): string => `2026-06-01T10:00:${String(second).padStart(2, '0')}.000000Z`;

function workflow(id: string) {
  return {
    workflowId: id,
    workflowUrl: `http://ui.test/namespaces/shop/workflows/${encodeURIComponent(id)}`,
  };
}

function event(told: Partial<TraceEvent> & Pick<TraceEvent, 'eventId' | 'outcome'>): TraceEvent {
  const supplier = told.supplier ?? 'acme';
  return {
    supplier,
    kind: 'update',
    actor: null,
    reason: null,
    location: null,
    sku: 'CHAIR-01',
    quantity: 7,
    updatedAt: at(5),
    updatedAtSent: null,
    cameBy: null,
    alias: null,
    receivedAt: at(6),
    rule: null,
    lostTo: null,
    voids: null,
    voidedBy: null,
    failureMode: null,
    duplicates: 0,
    conflicts: 0,
    deliveries: [],
    warning: null,
    workflowHistory: 'kept',
    ...workflow(`sync:canary:${supplier}:${told.eventId}`),
    ...told,
  };
}

function share(supplier: string, eventId: string, quantity: number, updatedAt: string): TraceShare {
  return { supplier, location: '', eventId, quantity, updatedAt, counts: true, why: 'counts' };
}

/** A trace with a bit of everything that one can tell of. */
export const sampleTrace: Trace = {
  answer:
    `canary:CHAIR-01: the catalog says 5 (version 3), the figure of event e-16 of acme, of ${at(5)}, received ${at(6)}; ` +
    'it won: it beat e-15 of acme, which is 4 s older. Event e-17 of acme, which had won, was voided by ada: wrong ' +
    `unit. The shop shows 5 (version 3) now; it accepted version 3 at ${at(21)}.`,
  item: {
    itemId: 'canary:CHAIR-01',
    tenant: 'canary',
    sku: 'CHAIR-01',
    quantity: 5,
    version: 3,
    updatedAt: at(5),
    supplier: 'acme',
    eventId: 'e-16',
    rule: 'newest',
    stock: 5,
    reserve: 0,
    maxShown: null,
    shares: [],
  },
  versions: [
    {
      version: 3,
      quantity: 5,
      updatedAt: at(5),
      supplier: 'acme',
      eventId: 'e-16',
      rule: 'repaired',
      stockRule: null,
      stock: null,
      shares: null,
      createdAt: at(20),
      publication: 'accepted',
      publicationAt: at(21),
      replayId: null,
      causedBy: { supplier: 'manual', eventId: 'void-20260601T100020Z-5f3a9c21' },
    },
    {
      version: 2,
      quantity: 70,
      updatedAt: at(9),
      supplier: 'acme',
      eventId: 'e-17',
      rule: 'newer',
      stockRule: 'sum',
      stock: 72,
      shares: [share('acme', 'e-17', 70, at(9)), share('globex', 'g-1', 2, at(4))],
      createdAt: at(10),
      publication: 'overtaken',
      publicationAt: at(20),
      replayId: 'r-1',
      causedBy: null,
    },
  ],
  events: [
    event({
      eventId: 'void-20260601T100020Z-5f3a9c21',
      supplier: 'manual',
      kind: 'void',
      actor: 'ada',
      reason: 'wrong unit',
      outcome: 'applied',
      rule: 'void: it takes event e-17 of acme out of the contest',
      voids: { supplier: 'acme', eventId: 'e-17' },
    }),
    event({
      eventId: 'correct-20260601T100002Z-00c0ffee',
      supplier: 'manual',
      kind: 'correction',
      actor: 'grace',
      reason: 'recounted by hand, see the ticket of the warehouse in which it was found',
      outcome: 'superseded',
      updatedAt: at(2),
      rule: "overtaken, older: updatedAt 10:00:02.000000 < 10:00:05.000000 of acme's event e-16",
      lostTo: { supplier: 'acme', eventId: 'e-16' },
    }),
    event({
      eventId: 'e-17',
      quantity: 70,
      updatedAt: at(9),
      outcome: 'voided',
      rule: `voided by ada at ${at(20)}: wrong unit; before, it won, newer: updatedAt 10:00:09.000000 > 10:00:05.000000 of acme's event e-16`,
      voidedBy: {
        supplier: 'manual',
        eventId: 'void-20260601T100020Z-5f3a9c21',
        actor: 'ada',
        reason: 'wrong unit',
        at: at(20),
      },
      duplicates: 2,
      conflicts: 1,
      deliveries: [
        { receivedAt: at(12), conflict: true },
        { receivedAt: at(11), conflict: false },
      ],
    }),
    event({
      eventId: 'e-16',
      quantity: 5,
      outcome: 'won',
      rule: "newer: updatedAt 10:00:05.000000 > 10:00:01.000000 of acme's event e-15",
      warning: SAME_MOMENT,
    }),
    event({
      eventId: 'e-14',
      sku: 'chair 01 ',
      outcome: 'rejected',
      rule: 'malformed_sku: SKU "CHAIR 01" does not match the rule',
      failureMode: 'malformed_sku',
      workflowHistory: 'expired',
    }),
    event({
      eventId: 'e-18',
      supplier: 'zed',
      location: 'WH-NORTH',
      quantity: -3,
      updatedAtSent: '2026-06-01T12:00:05.0000009+02:00',
      outcome: 'pending',
      workflowHistory: 'none',
    }),
  ],
  publishAttempts: [
    {
      version: 3,
      supplier: 'acme',
      eventId: 'e-16',
      status: 'accepted',
      startedAt: at(20),
      finishedAt: at(21),
      latencyMs: 1000,
      httpStatus: 200,
      reason: null,
      messageId: 'msg_1',
      replayId: null,
      ...workflow('sync:canary:acme:e-16'),
    },
    {
      version: 2,
      supplier: 'acme',
      eventId: 'e-17',
      status: 'failed',
      startedAt: at(10),
      finishedAt: at(11),
      latencyMs: 31.25,
      httpStatus: 502,
      reason: 'HTTP 502: the shop is being updated, come back later',
      messageId: 'msg_2',
      replayId: 'r-1',
      ...workflow('resync:r-1:canary:acme:e-17'),
    },
  ],
  replays: [
    {
      replayId: 'r-1',
      state: 'completed',
      requestedBy: 'ada',
      supplier: null,
      since: at(0),
      until: at(30),
      stockRule: null,
      touchedAt: at(31),
      outcome: 'repaired',
      versionBefore: 1,
      versionAfter: 2,
      workflowHistory: 'expired',
      ...workflow('replay:r-1'),
    },
  ],
  storefront: { quantity: 5, version: 3 },
  publication: {
    version: 3,
    state: 'accepted',
    at: at(21),
    failedTries: 0,
    lastTry: { status: 'accepted', startedAt: at(20), httpStatus: 200, reason: null },
    lastFailure: null,
    refusal: null,
    replayId: null,
    nextTryAt: null,
  },
};
