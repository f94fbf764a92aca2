import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { readDelivery, type Delivery } from '../../src/intake/read-delivery.ts';

const DATA = { sku: 'chair-01', quantity: 5, updatedAt: '2026-06-01T10:00:00Z' };
const CLOUD_EVENT = {
  specversion: '1.0',
  id: 'A-1',
  source: '/supplier/eu',
  type: 'inventory.updated',
  data: DATA,
};

const NO_HEADERS = { headers: {}, rawHeaders: [], signedId: undefined };

function structured(body: unknown): Delivery {
  return readDelivery({ type: 'application/cloudevents+json', ...NO_HEADERS, body });
}

function batch(body: unknown): Delivery {
  return readDelivery({ type: 'application/cloudevents-batch+json', ...NO_HEADERS, body });
}

const HEADERS = {
  'ce-specversion': '1.0',
  'ce-id': 'A-1',
  'ce-source': '/supplier/eu',
  'ce-type': 'inventory.updated',
};

function binary(
  changes: Record<string, string | undefined> = {},
  body: unknown = DATA,
  more: string[] = [],
): Delivery {
  const headers = Object.fromEntries(
    Object.entries({ ...HEADERS, ...changes }).filter(([, value]) => value !== undefined),
  );
  const rawHeaders = [...Object.entries(headers).flatMap(([name, value]) => [name, value ?? '']), ...more];
  return readDelivery({ type: 'application/json', headers, rawHeaders, signedId: 'msg_1', body });
}

function placesOf(delivery: Delivery): unknown {
  return delivery.ok ? 'no errors' : delivery.errors.map(({ pointer, header }) => header ?? pointer);
}

describe('a CloudEvent in JSON', () => {
  it('is taken, and named by its source and id', () => {
    expect(structured(CLOUD_EVENT)).toMatchObject({
      ok: true,
      single: true,
      events: [{ eventId: '/supplier/eu A-1', sku: 'chair-01', quantity: 5, pointer: '/data' }],
    });
  });

  it("has its location and what is not read in its data; extension attributes are CloudEvents' own", () => {
    const data = { ...DATA, location: 'WH-1', colour: 'red' };
    const told = { events: [{ location: 'WH-1', ignored: ['colour'] }] };
    expect(structured({ ...CLOUD_EVENT, traceparent: '00-ab', data })).toMatchObject(told);
    expect(batch([{ ...CLOUD_EVENT, data }])).toMatchObject(told);
    expect(binary({ 'ce-traceparent': '00-ab' }, data)).toMatchObject(told);
  });

  it('is named by the id of its data if that has one', () => {
    expect(structured({ ...CLOUD_EVENT, data: { ...DATA, id: 'mine' } })).toMatchObject({
      events: [{ eventId: 'mine' }],
    });
  });

  it('is taken with all optional attributes, with attributes that are null, and with extensions', () => {
    const optional = {
      subject: 'chair-01',
      time: '2026-06-01T10:00:00.123456789Z',
      datacontenttype: 'application/json; charset=utf-8',
      dataschema: 'https://example.com/schema',
      traceparent: '00-ab-cd-01',
      sequence: 7,
      urgent: true,
      empty: null,
    };
    expect(structured({ ...CLOUD_EVENT, ...optional }).ok).toBe(true);
    expect(
      structured({ ...CLOUD_EVENT, subject: null, time: null, datacontenttype: null, dataschema: null }).ok,
    ).toBe(true);
  });

  it.each([
    ['specversion', '0.3'],
    ['specversion', undefined],
    ['id', ''],
    ['id', null],
    ['id', 'a\u0000'],
    ['source', ''],
    ['source', 'not a uri'],
    ['source', '/100%'],
    ['source', undefined],
    ['type', 'order.created'],
    ['type', undefined],
    ['subject', ''],
    ['time', 'yesterday'],
    ['datacontenttype', 'text/xml'],
    ['dataschema', 'no uri'],
    ['data', undefined],
    ['data', 'text'],
    ['ext', { nested: true }],
    ['ext', 1.5],
    ['ext', 'a\u0007'],
    ['Ext', 'upper case'],
    ['ext_1', 'underscore'],
  ])('is refused with %s = %j, by that place', (name, value) => {
    expect(placesOf(structured({ ...CLOUD_EVENT, [name]: value }))).toEqual([`/${name}`]);
  });

  it('names all faults together, also those of the data', () => {
    const wrong = {
      ...CLOUD_EVENT,
      specversion: '2',
      'x-y': 1,
      data_base64: 'e30=',
      data: { ...DATA, quantity: 2_147_483_648 },
    };
    expect(placesOf(structured(wrong))).toEqual(
      expect.arrayContaining(['/specversion', '/x-y', '/data_base64', '/data/quantity']),
    );
  });

  it('is named by a hash when source and id have more than 200 bytes together, and says so', () => {
    const nameOf = (id: string, more: object = {}): unknown => {
      const delivery = structured({ ...CLOUD_EVENT, id, ...more });
      return delivery.ok && delivery.events.map(({ eventId, isHashedId }) => [eventId, isHashedId])[0];
    };
    const longest = 'a'.repeat(200 - '/supplier/eu '.length);
    expect(nameOf(longest)).toEqual([`/supplier/eu ${longest}`, undefined]);
    const hash = createHash('sha256').update(`/supplier/eu ${longest}a`).digest('hex');
    expect(nameOf(`${longest}a`)).toEqual([`sha256:${hash}`, true]);
    expect(nameOf('é'.repeat(100))).not.toEqual(nameOf('é'.repeat(101)));
    expect(nameOf('a'.repeat(100_000))).toEqual([expect.stringMatching(/^sha256:/), true]);
    expect(nameOf(`${longest}a`, { data: { ...DATA, id: 'mine' } })).toEqual(['mine', undefined]);
  });

  it.each([
    'application/json',
    'Application/JSON',
    'application/vnd.acme.stock+json',
    'application/problem+JSON; charset="UTF-8"',
    'application/json;charset=iso-8859-1',
    'text/json',
  ])('may say that its data is %s', (datacontenttype) => {
    expect(structured({ ...CLOUD_EVENT, datacontenttype }).ok).toBe(true);
    expect(batch([{ ...CLOUD_EVENT, datacontenttype }]).ok).toBe(true);
    expect(binary({ 'ce-datacontenttype': datacontenttype }).ok).toBe(true);
  });

  it.each([
    'text/xml',
    'application/jsonp',
    'application/xml+jso',
    'json',
    'application/',
    '',
    '+json',
    'a b/json',
  ])('may not say that its data is %j', (datacontenttype) => {
    expect(placesOf(structured({ ...CLOUD_EVENT, datacontenttype }))).toEqual(['/datacontenttype']);
  });

  it.each([[null], [[]], [[CLOUD_EVENT]], ['text']])('is refused as a whole when it is %j', (body) => {
    expect(placesOf(structured(body))).toEqual(['']);
  });
});

describe('a CloudEvent whose data is in base64', () => {
  const { data: _data, ...attributes } = CLOUD_EVENT;
  const inBase64 = (data: string | object): object => ({
    ...attributes,
    data_base64: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)).toString('base64'),
  });

  it('is the same as with its data as JSON, but for where the data stands', () => {
    const told = { ...DATA, location: 'WH-1', colour: 'red' };
    for (const data of [DATA, told, { ...DATA, id: 'mine' }]) {
      const asJson = structured({ ...CLOUD_EVENT, data });
      if (!asJson.ok) throw new Error('the data is right');
      const events = asJson.events.map((event) => ({ ...event, pointer: '/data_base64' }));
      expect(structured(inBase64(data))).toEqual({ ok: true, single: true, events });
      expect(structured({ ...inBase64(data), data: null })).toEqual({ ok: true, single: true, events });
    }
    expect(structured(inBase64(`\ufeff${JSON.stringify(DATA)}`)).ok).toBe(true);
    expect(batch([CLOUD_EVENT, { ...inBase64(DATA), id: 'A-2' }])).toMatchObject({
      events: [{ pointer: '/0/data' }, { pointer: '/1/data_base64', eventId: '/supplier/eu A-2' }],
    });
    expect(structured({ ...CLOUD_EVENT, data_base64: null }).ok).toBe(true);
  });

  it('has what is wrong in it told as if it were opened', () => {
    expect(placesOf(structured(inBase64({ ...DATA, quantity: 0.5, sku: 1 })))).toEqual([
      '/data_base64/sku',
      '/data_base64/quantity',
    ]);
    expect(placesOf(batch([CLOUD_EVENT, inBase64([DATA])]))).toEqual(['/1/data_base64']);
  });

  it.each([
    ['no string', 5, /base64/],
    ['nothing', '', /not JSON/],
    ['no base64', 'e30', /base64/],
    ['the alphabet of URLs', Buffer.from('"\u00ff\u00ff?>"').toString('base64url'), /base64/],
    ['a line break', 'e3\n0=', /base64/],
    ['no JSON', Buffer.from('{sku: 1}').toString('base64'), /not JSON/],
    ['a key twice', Buffer.from('{"sku":"A","sku":"B"}').toString('base64'), /same key twice/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]).toString('base64'), /not UTF-8/],
  ])('is refused with %s in it, and told once', (_, data_base64, detail) => {
    const delivery = structured({ ...attributes, data_base64 });
    expect(delivery).toEqual({
      ok: false,
      errors: [{ pointer: '/data_base64', detail: expect.stringMatching(detail) }],
    });
  });

  it('is refused with both, and told of its other faults too', () => {
    expect(placesOf(structured({ ...inBase64(DATA), data: DATA }))).toEqual(['/data_base64']);
    expect(placesOf(structured({ ...inBase64('x'), specversion: '2' }))).toEqual([
      '/specversion',
      '/data_base64',
    ]);
  });
});

describe('a batch of CloudEvents', () => {
  it('may be empty, and then holds no events', () => {
    expect(batch([])).toEqual({ ok: true, events: [], single: false });
  });

  it('is taken', () => {
    expect(batch([CLOUD_EVENT, { ...CLOUD_EVENT, id: 'A 2' }])).toMatchObject({
      ok: true,
      single: false,
      events: [{ eventId: '/supplier/eu A-1' }, { eventId: '/supplier/eu A 2', pointer: '/1/data' }],
    });
  });

  it('is refused when it is no array, too long, or wrong in one element', () => {
    expect(placesOf(batch(CLOUD_EVENT))).toEqual(['']);
    expect(placesOf(batch(Array.from({ length: 501 }, () => CLOUD_EVENT)))).toEqual(['']);
    expect(placesOf(batch([CLOUD_EVENT, { ...CLOUD_EVENT, data: { ...DATA, sku: 1 } }]))).toEqual([
      '/1/data/sku',
    ]);
  });
});

describe('a CloudEvent in binary mode', () => {
  it('is taken, and named by webhook-id, which is signed, not by its headers, which are not', () => {
    expect(binary()).toMatchObject({
      ok: true,
      single: true,
      events: [{ eventId: 'msg_1', pointer: '' }],
    });
    expect(binary({ 'ce-id': 'B-2', 'ce-source': '/another' })).toEqual(binary());
    expect(binary({}, { ...DATA, id: 'mine' })).toMatchObject({ events: [{ eventId: 'mine' }] });
    expect(binary({ 'ce-subject': 'chair', 'ce-traceparent': '00-ab' }).ok).toBe(true);
  });

  it('has its headers unquoted and percent-decoded before they are checked', () => {
    expect(binary({ 'ce-id': 'Euro %E2%82%AC %F0%9F%98%80' }).ok).toBe(true);
    expect(binary({ 'ce-id': '"a \\"b\\" c"' }).ok).toBe(true);
    expect(binary({ 'ce-type': '"inventory.up%64ated"' }).ok).toBe(true);
    expect(binary({ 'ce-source': '/a%2520b' }).ok).toBe(true);
  });

  it.each(['ce-specversion', 'ce-id', 'ce-source', 'ce-type'])('is refused without %s', (name) => {
    expect(placesOf(binary({ [name]: undefined }))).toEqual([name]);
  });

  it.each([
    ['ce-specversion', '0.3'],
    ['ce-id', ''],
    ['ce-id', '%FF'],
    ['ce-id', '100%'],
    ['ce-id', 'a%00b'],
    ['ce-id', 'caf\u00e9'],
    ['ce-source', '/a%20b'],
    ['ce-type', 'order.created'],
    ['ce-datacontenttype', 'text/xml'],
    ['ce-my_ext', 'x'],
  ])('is refused with %s: %s, by that header', (name, value) => {
    expect(placesOf(binary({ [name]: value }))).toEqual([name]);
  });

  it('is refused when a header was sent twice', () => {
    expect(placesOf(binary({}, DATA, ['CE-Id', 'B-2']))).toEqual(['ce-id']);
  });

  it('is refused with an array or with faults in the data', () => {
    expect(placesOf(binary({}, [DATA]))).toEqual(['']);
    expect(placesOf(binary({ 'ce-type': 'x' }, { ...DATA, quantity: 0.5 }))).toEqual([
      'ce-type',
      '/quantity',
    ]);
  });

  it('is a plain event when only an optional attribute is there', () => {
    const none = {
      'ce-specversion': undefined,
      'ce-id': undefined,
      'ce-source': undefined,
      'ce-type': undefined,
    };
    expect(binary({ ...none, 'ce-subject': 'x' })).toMatchObject({
      ok: true,
      events: [{ eventId: 'msg_1' }],
    });
  });
});
