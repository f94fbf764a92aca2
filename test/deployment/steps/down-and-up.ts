import { openView } from '../view.ts';
import { SCALED } from '../deployment.ts';
import type { World } from '../world.ts';
import { bringUp } from './bring-up.ts';
import { beginFeed } from './feed-under-way.ts';
import { startStorefront } from './people.ts';

export const LATER_TENANT = 'later';
const LATER_EVENTS = 100;

/** Takes all containers and networks away, starts anew on the same volumes, and holds what is there against what was. */
export async function downAndUp(world: World): Promise<string> {
  const { deployment } = world;
  const before = await kept(world);
  await world.view.close();
  await deployment.compose(['--profile', 'demo', 'down', '--timeout', '60'], { withinMs: 240_000 });
  const left = await deployment.containers();
  if (left.length > 0)
    throw new Error(`still there after down: ${left.map(({ service }) => service).join(', ')}`);
  await bringUp(world, SCALED);
  await startStorefront(world);
  world.view = await openView(deployment, world.view.apiUrl);
  const after = await kept(world);
  if (JSON.stringify(after) !== JSON.stringify(before))
    throw new Error(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  const feed = await beginFeed(world, LATER_TENANT, LATER_EVENTS);
  const { events } = await feed.end();
  return `${before.events} events, ${before.items} items and their versions as before; ${events} new events flow`;
}

async function kept({ view }: World): Promise<{ events: string; items: string; digest: string }> {
  const [row] = await view.sql<{ events: string; items: string; digest: string }>(
    `SELECT (SELECT count(*) FROM supplier_event) AS events, count(*) AS items,
            md5(string_agg(item_id || ' ' || quantity || ' ' || version, ',' ORDER BY item_id)) AS digest
       FROM catalog_item`,
  );
  if (!row) throw new Error('the database answers nothing');
  return row;
}
