import { afterEach, beforeEach } from 'vitest';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { serve } from '../storefront/http-stub.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { storyTeller, WEB_UI } from './story.ts';

export const ITEM = 'canary:CHAIR-01';

/** What a shop answers to a read-back; `hang`: nothing at all. */
export type Shows = { quantity: number; version: number } | number | 'hang' | 'no address';

export const NEW = { quantity: 24, version: 2 };
export const OLD = { quantity: 21, version: 1 };
export const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g;

/** Without the moments of this run. */
export function timeless({ answer }: Trace): string {
  return answer.replace(TIME, (at) => (at.startsWith('2026-06-01') ? at.slice(0, 16) : 'T'));
}

export const CATALOG =
  'canary:CHAIR-01: the catalog says 24 (version 2), the figure of event e-17 of acme, of 2026-06-01T19:30, received ' +
  'T; it won: it beat e-16 of acme, which is 30 min older. ';

/** What an answer says of an item that is 24 in the catalog, with what became of telling the shop. */
export function besideAShop() {
  const world = {} as { test: TestDatabase; story: ReturnType<typeof storyTeller> };
  beforeEach(async () => {
    world.test = await testDatabase();
    await openTenant(world.test.database, 'canary', ['acme', 'zed']);
    world.story = storyTeller(world.test);
  });
  afterEach(() => world.test?.drop());

  async function traceBeside(shows: Shows, key = 'CHAIR-01'): Promise<Trace> {
    const url =
      shows === 'no address'
        ? undefined
        : await serve((_request, response) => {
            if (shows === 'hang') return;
            if (typeof shows === 'number') response.writeHead(shows).end('{}');
            else response.end(JSON.stringify(shows));
          });
    const [found] = await findTraces(
      world.test.database,
      { key, tenant: 'canary' },
      { ...WEB_UI, defaultStorefrontUrl: url, readBackTimeoutMs: shows === 'hang' ? 100 : 10_000 },
    );
    if (!found) throw new Error(`no trace of ${key}`);
    return found.trace;
  }

  /** Version 1 with 21 was accepted; version 2 has 24. */
  async function twoVersions(): Promise<bigint> {
    const first = await world.story.save({ id: 'e-16', quantity: 21, updatedAt: '2026-06-01T19:00:00Z' });
    await world.story.publish(first, ITEM, 1, ['accepted', 200]);
    return world.story.save({ id: 'e-17', quantity: 24, updatedAt: '2026-06-01T19:30:00Z' });
  }

  return Object.assign(world, { traceBeside, twoVersions });
}
