import { describe, expect, it } from 'vitest';
import { missingToOpen, missingToWiden, type WideningFacts } from '../../src/domain/gate.ts';
import { judgeSignals, type SignalVerdict } from '../../src/domain/judge-signals.ts';
import { CHECKLIST } from '../../src/domain/checklist.ts';
import { SIGNALS } from '../../src/domain/signals.ts';
import { seconds } from '../../src/domain/time.ts';

const words = (missing: { condition: string }[]): string[] => missing.map(({ condition }) => condition);

describe('the conditions to open', () => {
  const ready = {
    tenant: 'shop',
    state: 'closed' as const,
    confirmed: [...CHECKLIST],
    suppliers: [{ supplier: 'acme', state: 'closed' as const }],
    named: ['acme'],
  };

  it('are met by a closed tenant with its checklist and a known supplier', () => {
    expect(missingToOpen(ready)).toEqual([]);
  });

  it.each(CHECKLIST)('miss %s alone', (name) => {
    const missing = missingToOpen({ ...ready, confirmed: CHECKLIST.filter((one) => one !== name) });
    expect(words(missing)).toEqual([`checklist_${name.replaceAll('-', '_')}`]);
  });

  it.each([
    ['tenant_closed', { state: 'canary' as const }],
    ['tenant_closed', { state: 'open' as const }],
    ['supplier_known', { named: ['acme', 'nobody'] }],
    ['supplier_known', { suppliers: [] }],
    ['supplier_named', { named: [] }],
  ])('miss %s alone', (condition, change) => {
    expect(words(missingToOpen({ ...ready, ...change }))).toEqual([condition]);
  });

  it('are told all at once, each with what to do', () => {
    const missing = missingToOpen({ ...ready, state: 'canary', confirmed: [], named: ['x', 'y'] });
    expect(words(missing)).toEqual([
      'tenant_closed',
      ...CHECKLIST.map((name) => `checklist_${name.replaceAll('-', '_')}`),
      'supplier_known',
      'supplier_known',
    ]);
    for (const { detail } of missing) expect(detail).toMatch(/^[A-Z].*\.$/);
  });
});

describe('the conditions to widen', () => {
  const now = seconds(10_000);
  const green: SignalVerdict[] = SIGNALS.map((signal) => ({
    signal,
    supplier: null,
    verdict: 'pass',
    reason: 'fine',
  }));
  const watch = {
    number: 1,
    beganAt: 0n,
    watched: seconds(100),
    sampledAt: now,
    verdict: 'pass' as const,
    lastMiss: null,
  };
  const ready: WideningFacts = {
    tenant: 'shop',
    state: 'canary',
    suppliers: [
      { supplier: 'acme', state: 'open' },
      { supplier: 'globex', state: 'closed' },
    ],
    supplier: 'globex',
    watch,
    needed: seconds(100),
    reviews: [{ approved: true }, { approved: true }, { approved: true }],
    signals: judgeSignals(green, new Set()),
    sampledAt: now,
    lastOpening: { supplier: null, at: now - 1n },
    now,
  };

  it('are met by a green, watched and explained canary', () => {
    expect(missingToWiden(ready)).toEqual([]);
    expect(missingToWiden({ ...ready, sampledAt: now - seconds(150), lastOpening: null })).toEqual([]);
    expect(missingToWiden({ ...ready, state: 'open' })).toEqual([]);
  });

  it.each([
    ['canary_open', { state: 'closed' as const }],
    ['supplier_known', { supplier: 'nobody' }],
    ['supplier_closed', { supplier: 'acme' }],
    ['canary_flows', { suppliers: [{ supplier: 'globex', state: 'closed' as const }] }],
    ['watch_complete', { needed: seconds(100) + 1n }],
    ['watch_complete', { watch: undefined }],
    ['traces_explained', { reviews: [] }],
    ['traces_explained', { reviews: [{ approved: true }, { approved: true }, { approved: false }] }],
    ['sample_after_opening', { lastOpening: { supplier: 'acme', at: now } }],
    ['sample_after_opening', { lastOpening: { supplier: null, at: now + 1n } }],
    ['sample_fresh', { sampledAt: null }],
    ['sample_fresh', { sampledAt: now - seconds(150) - 1n }],
    ['sample_fresh', { sampledAt: now + seconds(150) + 1n }],
  ])('miss %s alone', (condition, change) => {
    expect(words(missingToWiden({ ...ready, ...change }))).toEqual([condition]);
  });

  it.each(SIGNALS.flatMap((signal) => [[signal, 'miss'] as const, [signal, 'inconclusive'] as const]))(
    'miss the signal %s alone when it reads %s',
    (signal, verdict) => {
      const readings = green.map((one) => (one.signal === signal ? { ...one, verdict } : one));
      const missing = missingToWiden({ ...ready, signals: judgeSignals(readings, new Set()) });
      expect(words(missing)).toEqual([`signal_${signal}`]);
    },
  );

  it('hold a signal that was not read for inconclusive', () => {
    const missing = missingToWiden({ ...ready, signals: judgeSignals(green.slice(1), new Set()) });
    expect(words(missing)).toEqual(['signal_stale_items']);
  });

  it('let a canary with all of its suppliers be completed by any of them', () => {
    const suppliers = [{ supplier: 'acme', state: 'open' as const }];
    expect(missingToWiden({ ...ready, suppliers, supplier: 'acme' })).toEqual([]);
  });

  it('are told all at once', () => {
    const missing = missingToWiden({
      ...ready,
      supplier: 'nobody',
      watch: undefined,
      reviews: [],
      signals: judgeSignals([], new Set()),
    });
    expect(words(missing)).toEqual([
      'supplier_known',
      ...SIGNALS.map((signal) => `signal_${signal}`),
      'watch_complete',
      'traces_explained',
    ]);
  });
});

describe('the signals that the gate goes by', () => {
  const reading = (supplier: string | null, verdict: SignalVerdict['verdict']): SignalVerdict => ({
    signal: 'stale_items',
    supplier,
    verdict,
    reason: `of ${supplier ?? 'all'}`,
  });
  const judged = (readings: SignalVerdict[], open: string[]) => judgeSignals(readings, new Set(open))[0];

  it('miss for the whole tenant, or for one open supplier', () => {
    expect(judged([reading(null, 'miss'), reading('acme', 'pass')], ['acme'])).toMatchObject({
      verdict: 'miss',
      supplier: null,
    });
    expect(judged([reading(null, 'pass'), reading('acme', 'miss')], ['acme'])).toMatchObject({
      verdict: 'miss',
      supplier: 'acme',
      reason: 'supplier acme: of acme',
    });
  });

  it('heed neither a closed supplier nor one with too little data', () => {
    expect(judged([reading(null, 'pass'), reading('acme', 'miss')], [])).toMatchObject({ verdict: 'pass' });
    expect(judged([reading(null, 'pass'), reading('acme', 'inconclusive')], ['acme'])).toMatchObject({
      verdict: 'pass',
    });
  });
});
