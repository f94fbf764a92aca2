import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTime } from '../../src/domain/time.ts';
import { readDelivery, type Delivery } from '../../src/intake/read-delivery.ts';

const EVENT = { sku: 'chair-01', quantity: 5, updatedAt: '2026-06-01T10:00:00Z' };
const AT = 1_780_308_000_000_000n;

function plain(body: unknown, signedId: string | null = 'msg_1'): Delivery {
  return readDelivery({
    type: 'application/json',
    // What is not signed has no part in it.
    headers: { 'webhook-id': 'msg_of_nobody' },
    rawHeaders: [],
    signedId: signedId ?? undefined,
    body,
  });
}

/** A body as it comes out of JSON: no value that JSON has not. */
function json(text: string): Delivery {
  return plain(JSON.parse(text));
}

function errorsOf(delivery: Delivery): unknown {
  return delivery.ok ? 'no errors' : delivery.errors.map(({ pointer, header }) => pointer ?? header);
}

describe('a plain event', () => {
  it('is taken as it is', () => {
    expect(plain({ id: 'e-1', ...EVENT })).toEqual({
      ok: true,
      single: true,
      events: [
        {
          eventId: 'e-1',
          sku: 'chair-01',
          quantity: 5,
          updatedAt: AT,
          updatedAtSent: undefined,
          location: '',
          ignored: [],
          pointer: '',
        },
      ],
    });
  });

  it.each(['-2147483649', '1.5', '"5"', '1e400', '2147483648', 'null', 'true', '[5]', '{}', '-0.5'])(
    'is refused with the quantity %s',
    (quantity) => {
      expect(errorsOf(json(`{"sku":"A","quantity":${quantity},"updatedAt":"2026-06-01T10:00:00Z"}`))).toEqual(
        ['/quantity'],
      );
    },
  );

  it.each([
    ['0', 0],
    ['-0', 0],
    ['-3', -3],
    ['-2147483648', -2_147_483_648],
    ['2147483647', 2_147_483_647],
    ['5.0', 5],
    ['5e0', 5],
  ])('is taken with the quantity %s', (quantity, expected) => {
    const delivery = json(`{"sku":"A","quantity":${quantity},"updatedAt":"2026-06-01T10:00:00Z"}`);
    expect(delivery.ok && Object.is(delivery.events[0]?.quantity, expected)).toBe(true);
  });

  it.each([
    ['NUL', 'A\u0000'],
    ['a lone surrogate', 'A\ud800'],
    ['a lone low surrogate', '\udc00A'],
    ['a control character', 'A\u001b[31m'],
    ['a C1 control character', 'A\u0085'],
    ['10,000 characters', 'A'.repeat(10_000)],
    ['257 bytes', `${'ü'.repeat(128)}a`],
  ])('is refused with a SKU of %s', (_, sku) => {
    expect(errorsOf(plain({ ...EVENT, sku }))).toEqual(['/sku']);
  });

  it.each(['', '../', ':', '=1+1', ' a ', '😀', 'ü'.repeat(128), '<script>', "'; DROP TABLE x; --"])(
    'is taken with the SKU %j, which the rule of the supplier judges later',
    (sku) => {
      expect(plain({ ...EVENT, sku })).toMatchObject({ ok: true, events: [{ sku }] });
    },
  );

  it.each([
    ['without a zone', '2026-06-01T10:00:00', /RFC 3339/],
    ['of 30 February', '2026-02-30T10:00:00Z', /calendar/],
    ['of the year 10000', '10000-01-01T00:00:00Z', /RFC 3339/],
    ['after the year 9999 in UTC', '9999-12-31T23:59:59-01:00', /0001 to 9999/],
    ['finer than nanoseconds', '2026-06-01T10:00:00.1234567891Z', /nanosecond/],
    ['of a leap second', '2026-06-30T23:59:60Z', /time of the day/],
    ['with a million zeros', `2026-06-01T10:00:00.${'0'.repeat(1_000_000)}1Z`, /64 characters/],
    ['that is a number', 1_780_308_000, /string/],
    ['that is null', null, /string/],
  ])('is refused with a time %s, and told why', (_, updatedAt, why) => {
    const delivery = plain({ ...EVENT, updatedAt });
    expect(delivery).toMatchObject({
      ok: false,
      errors: [{ pointer: '/updatedAt', detail: expect.stringMatching(why) }],
    });
  });

  it.each([[''], ['a'.repeat(201)], ['é'.repeat(101)], ['a\u0000'], [7], [null]])(
    'is refused with the id %j',
    (id) => {
      expect(errorsOf(plain({ ...EVENT, id }))).toEqual(['/id']);
    },
  );

  it('names every wrong field at once, and no unknown one', () => {
    const wrong = { id: '', sku: 1, quantity: 1.5, location: 7, 'a/b~c': 1, qty: 5 };
    expect(errorsOf(plain(wrong))).toEqual(['/id', '/sku', '/quantity', '/updatedAt', '/location']);
  });

  it('is refused without a field that is misspelt', () => {
    expect(errorsOf(plain({ sku: 'A', qty: 5, updatedAt: EVENT.updatedAt }))).toEqual(['/quantity']);
  });

  it.each([
    ['2026-06-01T10:00:00.0000009Z', AT, '2026-06-01T10:00:00.0000009Z'],
    ['2026-06-01T12:00:00.123456789+02:00', AT + 123_456n, '2026-06-01T12:00:00.123456789+02:00'],
    ['2026-06-01T10:00:00.1234560Z', AT + 123_456n, undefined],
  ])('keeps %s to the microsecond, beside what was sent where that is finer', (text, updatedAt, sent) => {
    expect(plain({ ...EVENT, updatedAt: text })).toMatchObject({
      events: [{ updatedAt, updatedAtSent: sent }],
    });
  });

  it.each([
    ['WH-1', 'WH-1'],
    [' wh-1 ', 'wh-1'],
    ['Caf\u00e9', 'Caf\u00e9'],
    ['Cafe\u0301\u200b', 'Caf\u00e9'],
    ['x'.repeat(40), 'x'.repeat(40)],
    ['😀'.repeat(40), '😀'.repeat(40)],
    [null, ''],
    [undefined, ''],
  ])('may name the location %j', (location, kept) => {
    expect(plain({ ...EVENT, location })).toMatchObject({ events: [{ location: kept }] });
  });

  it.each([[''], ['  '], ['\u200b'], ['x'.repeat(41)], ['a\u0000'], ['a\n'], ['\ud800'], [7], [{}]])(
    'is refused with the location %j',
    (location) => {
      expect(errorsOf(plain({ ...EVENT, location }))).toEqual(['/location']);
    },
  );

  it.each([[null], [5], ['event'], [true]])('is refused as a whole when it is %j', (body) => {
    expect(errorsOf(plain(body))).toEqual(['']);
  });
});

describe('an array', () => {
  it('is taken with 1 and with 500 events', () => {
    for (const length of [1, 500]) {
      const delivery = plain(Array.from({ length }, (_, index) => ({ ...EVENT, id: `e-${index}` })));
      expect(delivery).toMatchObject({ ok: true, single: false });
      expect(delivery.ok && delivery.events.length).toBe(length);
    }
  });

  it('is refused when empty, and with more than 500 events', () => {
    expect(errorsOf(plain([]))).toEqual(['']);
    expect(errorsOf(plain(Array.from({ length: 501 }, () => EVENT)))).toEqual(['']);
    expect(errorsOf(plain(Array.from({ length: 300_000 }, () => 1)))).toEqual(['']);
  });

  it('is all or nothing, and names each fault by its place', () => {
    expect(
      errorsOf(plain([EVENT, { ...EVENT, quantity: 0.5 }, { ...EVENT, sku: 'A\u0000', id: 1 }, 5])),
    ).toEqual(['/1/quantity', '/2/id', '/2/sku', '/3']);
  });

  it('lists five faults of an event at most, however many fields it has', () => {
    const body = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 1]));
    expect(errorsOf(plain({ ...body, id: 1, location: 1 }))).toEqual([
      ...['/id', '/sku', '/quantity', '/updatedAt', '/location'],
    ]);
  });
});

describe('the id of an event', () => {
  it('is its own; else the signed id of the message for a single one; else a hash of its content', () => {
    const idOf = (delivery: Delivery): unknown =>
      delivery.ok && delivery.events.map(({ eventId }) => eventId);
    expect(idOf(plain({ ...EVENT, id: 'mine' }))).toEqual(['mine']);
    expect(idOf(plain(EVENT))).toEqual(['msg_1']);
    const hash = /^sha256:[0-9a-f]{64}$/;
    expect(idOf(plain([EVENT, { ...EVENT, id: 'mine' }]))).toEqual([expect.stringMatching(hash), 'mine']);
    expect(idOf(plain(EVENT, null))).toEqual([expect.stringMatching(hash)]);
  });

  it('by content is the same exactly for the same SKU, quantity, moment and location', () => {
    const content = fc.record({
      location: fc.constantFrom('A', 'B', null),
      sku: fc.string({ maxLength: 20 }).filter((text) => plain({ ...EVENT, sku: text }).ok),
      quantity: fc.nat(3),
      updatedAt: fc.constantFrom(
        '2026-06-01T10:00:00Z',
        '2026-06-01T12:00:00.000+02:00',
        '2026-06-01T10:00:00.000001Z',
      ),
    });
    const moment = (text: string): bigint | undefined => {
      const time = parseTime(text);
      return time.ok ? time.at : undefined;
    };
    fc.assert(
      fc.property(content, content, (a, b) => {
        const delivery = plain([a, b]);
        if (!delivery.ok) throw new Error('both have to be taken');
        const [first, second] = delivery.events;
        expect(first?.eventId === second?.eventId).toBe(
          a.sku === b.sku &&
            a.quantity === b.quantity &&
            a.location === b.location &&
            moment(a.updatedAt) === moment(b.updatedAt),
        );
      }),
    );
  });
});
