import { expect, it } from 'vitest';
import { tellChanges } from '../../src/http/change-streams/tell-changes.ts';

const QUIET = { mark: () => 0, grown: () => Promise.resolve(false), leave: () => undefined };
const NOTHING = { changes: [], next: 'c', more: false, behindMs: 0 };

it('a stream ends between two pages when its reader may not read any more', async () => {
  const told: string[] = [];
  let asked = 0;
  const texts = tellChanges({
    ...{ first: NOTHING, mark: 0, watch: QUIET, askEveryMs: 0 },
    next: async () => ({ ...NOTHING, behindMs: 7 }),
    admit: async () => {
      asked += 1;
      if (asked > 2) throw new Error('revoked');
    },
    signal: new AbortController().signal,
  });
  const all = (async () => {
    for await (const text of texts) told.push(text);
  })();
  await expect(all).rejects.toThrow('revoked');
  expect(told).toEqual([
    'retry: 2000\n\n',
    ': nothing new\n\n',
    ': a change waits for an older transaction\n\n',
  ]);
});
