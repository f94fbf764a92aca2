import { expect, it } from 'vitest';
import { createRequestLog } from '../../src/demo-storefront/request-log.ts';

it('a request log forgets the oldest, but goes on counting them', () => {
  const log = createRequestLog(3);
  for (let version = 1; version <= 5; version += 1) {
    const request = log.add({ receivedAt: '', webhookId: null, itemId: null, version, quantity: null });
    log.answer(request, 'accepted', 200);
  }
  expect(log.size()).toBe(3);
  expect(log.counts()).toMatchObject({ answering: 0, accepted: 5 });
  expect(log.after(0).map(({ seq }) => seq)).toEqual([3, 4, 5]);
  expect(log.after(3, 1).map(({ seq }) => seq)).toEqual([4]);
  expect(log.after(5)).toEqual([]);
});
