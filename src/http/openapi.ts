import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { cookieName, SESSION_COOKIE } from './console/session-cookie.ts';
import { PROBLEM_TYPE, problemSchema } from './problems.ts';
import { STOREFRONT_WEBHOOKS } from './storefront-webhooks.ts';

type Transform = Parameters<typeof jsonSchemaTransform>[0];
type Transformed = ReturnType<typeof jsonSchemaTransform>;

/** For every route's `response`: what it answers when it does not succeed. */
export const problemResponse = {
  default: { description: 'A problem, see `code`.', content: { [PROBLEM_TYPE]: { schema: problemSchema } } },
};

/** Describes the routes that are registered after it, from the schemas that check them. */
export function describeApi(app: FastifyInstance, publicUrl: string | undefined): void {
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Catalog sync',
        version: '1',
        description: 'Takes inventory events of suppliers and tells what became of them.',
      },
      webhooks: STOREFRONT_WEBHOOKS,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: cookieName(SESSION_COOKIE, publicUrl),
            description: "The console's. A change needs x-csrf-token too, as GET /session gives it.",
          },
        },
      },
    },
    transform: describeRoute,
    transformObject: jsonSchemaTransformObject,
  });
}

function describeRoute(document: Transform): Transformed {
  const { body } = (document.schema ?? {}) as { body?: unknown };
  const described = jsonSchemaTransform(
    isByContentType(body) ? { ...document, schema: { ...document.schema, body: undefined } } : document,
  );
  const role = document.route.config?.role;
  const schema: Record<string, unknown> = {
    ...described.schema,
    security: role ? [{ bearer: [] }, { session: [] }] : [],
    // The least role that may use it.
    ...(role && { 'x-role': role }),
  };
  if (isByContentType(body)) {
    // The provider of zod schemas knows bodies of one schema only.
    const content = Object.entries(body.content).map(([type, one]) => {
      const single = jsonSchemaTransform({ ...document, schema: { body: one.schema } });
      return [type, { schema: (single.schema as { body?: unknown }).body }];
    });
    schema.body = { content: Object.fromEntries(content) };
  }
  return { ...described, schema };
}

function isByContentType(body: unknown): body is { content: Record<string, { schema: z.ZodType }> } {
  return typeof body === 'object' && body !== null && !(body instanceof z.ZodType) && 'content' in body;
}
