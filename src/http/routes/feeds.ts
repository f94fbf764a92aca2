import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Database } from '../../database/client.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { NAME } from '../../domain/identity.ts';
import { pauseFeed } from '../../feed/store/pause-feed.ts';
import { listFeeds, readFeed } from '../../feed/store/read-feeds.ts';
import type { FeedShown } from '../../feed/store/told-feed.ts';
import { setFeed } from '../../feed/store/set-feed.ts';
import { auditedBy } from '../audited-by.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { orFeedProblem } from '../feed-problem.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { feedListSchema, feedSchema } from './feeds-schema.ts';

const params = z.object({ tenant: z.string(), feed: z.string() });

/** How suppliers' files come and are read. */
export function registerFeeds(app: FastifyInstance, { databases, secretsKeys }: ServerDependencies): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/tenants/:tenant/feeds',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "A tenant's feeds",
        params: z.object({ tenant: z.string() }),
        response: { 200: feedListSchema, ...problemResponse },
      },
    },
    async ({ database, params: { tenant } }) => {
      await knownTenant(database, tenant);
      return { feeds: await listFeeds(database, tenant) };
    },
  );

  routes.get(
    '/v1/tenants/:tenant/feeds/:feed',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'A feed, without its secrets',
        params,
        response: { 200: feedSchema, ...problemResponse },
      },
    },
    async ({ database, params: { tenant, feed } }) => feedOf(database, tenant, feed),
  );

  routes.put(
    '/v1/tenants/:tenant/feeds/:feed',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Make a feed, or give it another version',
        params,
        body: z
          .record(z.string(), z.unknown())
          .meta({ description: 'The document, as docs/feeds.md has it.' }),
        response: { 200: feedSchema, ...problemResponse },
      },
    },
    async ({ id, ip, principal, database, body, params: { tenant, feed } }) => {
      await knownTenant(database, tenant);
      if (body.feed !== undefined && body.feed !== feed) {
        const errors = [{ pointer: '/feed', detail: `must be ${feed}, as in the path` }];
        throw new ProblemError('invalid_shape', { errors });
      }
      const set = { tenant, text: JSON.stringify({ ...body, feed }), by: auditedBy({ id, ip, principal }) };
      await orFeedProblem(() =>
        setFeed(database, async () => secretsKeys, { ...set, vault: databases.people }),
      );
      return feedOf(database, tenant, feed);
    },
  );

  for (const [does, paused, summary] of [
    ['pause', true, "Look at a feed's source no more until it is resumed"],
    ['resume', false, "Look at a feed's source again"],
  ] as const) {
    routes.post(
      `/v1/tenants/:tenant/feeds/:feed/${does}`,
      {
        config: { role: 'operator' },
        schema: { summary, params, response: { 200: feedSchema, ...problemResponse } },
      },
      async ({ id, ip, principal, database, params: { tenant, feed } }) => {
        const by = auditedBy({ id, ip, principal });
        await feedOf(database, tenant, feed);
        await orFeedProblem(() => pauseFeed(database, { tenant, feed, paused, by }));
        return feedOf(database, tenant, feed);
      },
    );
  }
}

async function feedOf(database: Database, tenant: string, name: string): Promise<FeedShown> {
  const feed = NAME.test(tenant) && NAME.test(name) ? await readFeed(database, tenant, name) : undefined;
  if (!feed) throw new ProblemError('not_found');
  return feed;
}
