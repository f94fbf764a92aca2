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

function structured(body: unknown): Delivery {
  return readDelivery({ type: 'application/cloudevents+json', headers: {}, rawHeaders: [], body });
}

function batch(body: unknown): Delivery {
  return readDelivery({ type: 'application/cloudevents-batch+json', headers: {}, rawHeaders: [], body });
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
    Object.entries({ 'webhook-id': 'msg_1', ...HEADERS, ...changes }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  const rawHeaders = [...Object.entries(headers).flatMap(([name, value]) => [name, value ?? '']), ...more];
  return readDelivery({ type: 'application/json', headers, rawHeaders, body });
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
    ['data_base64', 'e30='],
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

  it('is refused when source and id are too long together to name it', () => {
    expect(structured({ ...CLOUD_EVENT, id: 'a'.repeat(200 - '/supplier/eu '.length) }).ok).toBe(true);
    const long = { ...CLOUD_EVENT, id: 'a'.repeat(201 - '/supplier/eu '.length) };
    expect(placesOf(structured(long))).toEqual(['/id']);
    expect(structured({ ...long, data: { ...DATA, id: 'mine' } }).ok).toBe(true);
  });

  it.each([[null], [[]], [[CLOUD_EVENT]], ['text']])('is refused as a whole when it is %j', (body) => {
    expect(placesOf(structured(body))).toEqual(['']);
  });
});

describe('a batch of CloudEvents', () => {
  it('is taken', () => {
    expect(batch([CLOUD_EVENT, { ...CLOUD_EVENT, id: 'A 2' }])).toMatchObject({
      ok: true,
      single: false,
      events: [{ eventId: '/supplier/eu A-1' }, { eventId: '/supplier/eu A 2', pointer: '/1/data' }],
    });
  });

  it('is refused when it is no array, empty, too long, or wrong in one element', () => {
    expect(placesOf(batch(CLOUD_EVENT))).toEqual(['']);
    expect(placesOf(batch([]))).toEqual(['']);
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
