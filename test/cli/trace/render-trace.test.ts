import { describe, expect, it } from 'vitest';
import { renderTrace } from '../../../src/cli/trace/render-trace.ts';
import { widthOf, wrap } from '../../../src/cli/terminal-text.ts';
import type { Trace } from '../../../src/trace/trace.ts';

const NASTY = '\u001b[2J\u202eevil\u0007\r\n';

function traceWith(text: string): Trace {
  const at = '2026-06-01T10:00:05.000000Z';
  const workflow = { workflowId: 'sync:x', workflowUrl: `http://ui.test/${'x'.repeat(200)}` };
  return {
    answer: `canary:${text}: the catalog says 7, of ${at}. `.repeat(3),
    item: {
      itemId: `canary:${text}`,
      tenant: 'canary',
      sku: text,
      quantity: 7,
      version: 3,
      updatedAt: at,
      supplier: 'acme',
      eventId: text,
      rule: 'sum',
      stock: 9,
      reserve: 2,
      maxShown: null,
      shares: [
        {
          supplier: 'acme',
          location: text,
          eventId: text,
          quantity: 9,
          updatedAt: at,
          counts: true,
          why: 'counts',
        },
      ],
    },
    versions: [
      {
        version: 3,
        quantity: 7,
        updatedAt: at,
        supplier: 'acme',
        eventId: text,
        rule: 'lower_quantity',
        stockRule: null,
        stock: null,
        shares: null,
        createdAt: at,
        publication: 'accepted',
        publicationAt: at,
        replayId: 'r-1',
        causedBy: { supplier: 'manual', eventId: text },
      },
    ],
    events: [
      {
        eventId: text,
        supplier: 'acme',
        location: text,
        sku: text,
        quantity: 7,
        updatedAt: at,
        updatedAtSent: text,
        cameBy: text,
        alias: text,
        warning: text,
        receivedAt: at,
        outcome: 'superseded',
        rule: `older: ${text}`,
        lostTo: { supplier: 'acme', eventId: 'e-18' },
        failureMode: 'stale_catalog_version',
        duplicates: 12,
        conflicts: 1,
        kind: 'correction',
        actor: text,
        reason: text,
        voids: null,
        voidedBy: null,
        deliveries: [{ receivedAt: at, conflict: true }],
        workflowHistory: 'unknown',
        ...workflow,
        spansUrl: `http://spans.test/${'x'.repeat(200)}`,
      },
    ],
    publishAttempts: [
      {
        version: 3,
        supplier: 'acme',
        eventId: text,
        status: 'rejected',
        startedAt: at,
        finishedAt: at,
        latencyMs: 12.5,
        httpStatus: 422,
        reason: text,
        storefront: 'shop',
        messageId: 'm',
        replayId: null,
        ...workflow,
      },
    ],
    storefronts: [],
    replays: [
      {
        replayId: 'r-1',
        state: 'completed',
        requestedBy: text,
        supplier: null,
        since: at,
        until: at,
        stockRule: null,
        touchedAt: at,
        outcome: 'would_win',
        versionBefore: null,
        versionAfter: 3,
        workflowHistory: 'expired',
        ...workflow,
      },
    ],
    storefront: { kind: 'no answer', error: text },
    publication: null,
  };
}

describe('a trace on a terminal', () => {
  it.each(['CHAIR-01', 'x'.repeat(200), '椅子'.repeat(60), 'many short words '.repeat(12)])(
    'has no line of more than 80 columns but addresses (%#)',
    (text) => {
      const lines = renderTrace(traceWith(text), { colour: false }).split('\n');
      expect(lines.filter((line) => widthOf(line) > 80 && !line.startsWith('http'))).toEqual([]);
    },
  );

  it('begins with the answer and keeps addresses whole', () => {
    const text = renderTrace(traceWith('CHAIR-01'), { colour: false });
    expect(text).toMatch(/^canary:CHAIR-01: the catalog says 7/);
    expect(text).toContain(`\nhttp://ui.test/${'x'.repeat(200)}\n`);
    expect(text).toContain(`\nSpans\n  CHAIR-01 of acme\nhttp://spans.test/${'x'.repeat(200)}`);
  });

  it('lets no control character of foreign text through', () => {
    const text = renderTrace(traceWith(NASTY), { colour: false });
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
    expect(text).toContain('�[2J�evil');
  });

  it('tells apart a storefront that does not know the item from one that does not answer', () => {
    const beside = (kind: 'no answer' | 'unknown item') =>
      renderTrace({ ...traceWith('CHAIR-01'), storefront: { kind, error: 'why' } }, { colour: false });
    expect(beside('unknown item')).toContain('\nStorefront now\n  does not know the item\n');
    expect(beside('no answer')).toContain('\nStorefront now\n  not known: why\n');
  });

  it('has colours only when they are wanted', () => {
    const plain = renderTrace(traceWith('CHAIR-01'), { colour: false });
    const coloured = renderTrace(traceWith('CHAIR-01'), { colour: true });
    expect(plain).not.toContain('\u001b');
    expect(coloured).toContain('\u001b[');
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replace(/\u001b\[\d+m/g, '')).toBe(plain);
  });
});

describe('wrapping', () => {
  it('loses no character but the spaces at which it breaks', () => {
    const text = 'ab  cde fghijklmno p';
    expect(wrap(text, 6).join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    expect(wrap('aaa bbb', 5, '- ', '  ')).toEqual(['- aaa', '  bbb']);
  });
});
