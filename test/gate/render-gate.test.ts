import { targetText } from '../../src/domain/verdict.ts';
import { describe, expect, it } from 'vitest';
import { renderGate } from '../../src/cli/gate/render-gate.ts';
import { exitCodeOf } from '../../src/cli/gate/show-status.ts';
import { sparkline } from '../../src/cli/gate/sparkline.ts';
import { CHECKLIST_TITLES } from '../../src/domain/gate.ts';
import { CHECKLIST } from '../../src/domain/checklist.ts';
import { SIGNALS } from '../../src/domain/signals.ts';
import type { GateStatus } from '../../src/gate/gate-status.ts';
import { gateStatusSchema } from '../../src/http/routes/gate-schema.ts';
import { SIGNALS_BY_NAME } from '../../src/signals/index.ts';
import { widthOf } from '../../src/cli/terminal-text.ts';

const at = '2026-06-01T10:00:00.000000Z';
const long = 'The worst of them, acme/e-17, has waited for 1,234.5 s. '.repeat(3).trim();

const status: GateStatus = gateStatusSchema.parse({
  tenant: 'shop',
  state: 'canary',
  rehearsal: false,
  verdict: 'miss',
  sampledAt: at,
  signals: SIGNALS.map((signal, index) => {
    const { title, bound, unit, owner, onMiss } = SIGNALS_BY_NAME[signal];
    return {
      ...{
        signal,
        title,
        target: targetText(bound, unit),
        owner,
        onMiss,
        value: 0.0031,
        valueText: '100.00 %',
        since: at,
      },
      verdict: (['pass', 'miss', 'inconclusive', 'pass', 'pass'] as const)[index],
      reason: long,
      whatToDo: 'Replay the window, then watch again.',
      trend: Array.from({ length: 40 }, (_, no) => ({ at, value: no === 39 ? null : no, verdict: 'pass' })),
      suppliers: [{ supplier: 'acme', value: 1, valueText: '1 s', verdict: 'miss', reason: long }],
      storefronts:
        signal === 'stale_items'
          ? (['cache', 'outlet', 'shop'] as const).map((storefront) => ({
              ...{ storefront, value: 0.01, valueText: '1.00 %', reason: 'It is old.' },
              ...{ verdict: storefront === 'shop' ? 'pass' : 'miss', counts: storefront === 'cache' },
            }))
          : [],
    };
  }),
  suppliers: [
    { supplier: 'acme', state: 'open', heldEvents: 0, watch: null },
    { supplier: 'a'.repeat(40), state: 'closed', heldEvents: 1234, watch: null },
  ],
  checklist: CHECKLIST.map((name) => ({
    ...{ name, ...CHECKLIST_TITLES[name] },
    ...{ confirmedBy: null, reference: null, at: null },
  })),
  watch: {
    ...{ beganAt: at, watchedSeconds: 7500.5, neededSeconds: 20, calendarSeconds: 28_800 },
    ...{
      complete: true,
      ended: false,
      workingNow: false,
      lastMiss: { at, signal: 'queue_lag', reason: long },
    },
  },
  reviews: [
    {
      ...{
        forSupplier: 'late',
        supplier: 'acme',
        eventId: 'e\u001b[31m',
        itemId: 'shop:A',
        sku: 'A',
        outcome: 'superseded',
      },
      ...{ sampledAt: at, explainedBy: 'ada', explanation: 'older', approvedAt: at },
    },
  ],
  sendingAttempts: 2,
  lastSweep: {
    ...{ sweepId: '2026-06-01-1a2b3c4d', finishedAt: at, repair: false, asked: 10_000, unanswered: 3 },
    drift: { wrong_quantity_shown: 50, unknown_there: 1 },
  },
  toOpen: [],
  toWiden: [{ condition: 'watch_complete', detail: long }],
});

describe('gate status', () => {
  it('says for which supplier an update is to be explained', () => {
    expect(renderGate(status, { colour: false })).toMatch(/of acme \(superseded\), shop:A,\s+to widen late/);
  });

  it('fits into 80 columns, without colour where none is wanted', () => {
    for (const state of ['closed', 'canary', 'open'] as const) {
      const text = renderGate({ ...status, state }, { colour: false });
      expect(text).not.toContain('\u001b');
      for (const line of text.split('\n')) expect([line, widthOf(line) <= 80]).toEqual([line, true]);
    }
  });

  it('says what the last sweep left, or that there was none', () => {
    const words = (changes: Partial<typeof status>): string =>
      renderGate({ ...status, ...changes }, { colour: false }).replaceAll(/\s+/g, ' ');
    expect(words({})).toContain(
      '10000 items asked for, 3 without an answer; shown otherwise than the ledger says: wrong_quantity_shown 50, unknown_there 1; catalog-sync sweep show 2026-06-01-1a2b3c4d lists them',
    );
    const good = { ...status.lastSweep, unanswered: 0, drift: {} } as NonNullable<typeof status.lastSweep>;
    expect(words({ lastSweep: good })).toContain('items asked for; all are shown as the ledger says');
    expect(words({ lastSweep: null })).toContain('no sweep has asked for every item yet');
  });

  it('says first how it stands, and loudly that the business day is shortened', () => {
    const lines = renderGate(status, { colour: false }).split('\n');
    expect(lines.slice(0, 4).join(' ')).toMatch(
      /^shop is canary: Queue lag missed the target; nothing opens; last sample .* SHORTENED BUSINESS DAY: 20 s by GATE_BUSINESS_DAY_SECONDS, instead of the 8 h/s,
    );
  });

  it('shows each signal with its trend, what happened, since when and what to do', () => {
    const text = renderGate(status, { colour: false });
    expect(text).toContain('Verdict       Signal              Value  Target   Owner        Trend');
    expect(text).toContain('miss          Queue lag        100.00 %  < 90 s   Infra        ▁▂▂▃▃▄▄▅▅▆▆▇▇█·');
    expect(text).toMatch(/The worst of them, acme\/e-17/);
    expect(text).toContain(`miss since ${at}`);
    expect(text).toContain('Replay the window, then watch again.');
    expect(text).toContain('done    e�[31m of acme (superseded), shop:A');
    expect(text).toContain('watch_complete: The worst of them');
  });

  it('says how each of several storefronts stands, and why where it is not well', () => {
    const text = renderGate(status, { colour: false });
    expect(text).toContain('storefront cache: miss, 1.00 %; counts, as the worst\n');
    expect(text).toContain('storefront outlet: miss, 1.00 %: It is old.');
    expect(text).toContain('storefront shop: pass, 1.00 %\n');
  });

  it('has colours where they are wanted', () => {
    expect(renderGate(status, { colour: true })).toContain('\u001b[31mmiss\u001b[39m');
  });

  it('ends with 0 for green, 3 for closed or missed, 4 for inconclusive', () => {
    expect(exitCodeOf({ state: 'canary', verdict: 'pass' })).toBe(0);
    expect(exitCodeOf({ state: 'open', verdict: 'miss' })).toBe(3);
    expect(exitCodeOf({ state: 'closed', verdict: 'inconclusive' })).toBe(3);
    expect(exitCodeOf({ state: 'open', verdict: 'inconclusive' })).toBe(4);
  });
});

describe('a sparkline', () => {
  it('goes from the least to the greatest of the last values, with a dot for none', () => {
    expect(sparkline([0, 7], 8).join('')).toBe('▁█');
    expect(sparkline([3, 3, 3], 8).join('')).toBe('▁▁▁');
    expect(sparkline([null, 1, null, 2], 8).join('')).toBe('·▁·█');
    expect(sparkline([100, 1, 2, 3], 3).join('')).toBe('▁▅█');
    expect(sparkline([], 8)).toEqual([]);
    expect(sparkline([null], 8)).toEqual(['·']);
  });
});
