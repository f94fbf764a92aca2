import { z } from 'zod';
import { GUARDS } from '../../feed/guards/judge-file.ts';

const guards = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('pass') }),
  z.object({
    verdict: z.literal('held'),
    reasons: z.array(z.object({ guard: z.enum(GUARDS), reason: z.string() })),
  }),
]);

const preview = z.object({
  found: z.record(z.string(), z.unknown()).meta({ description: 'Format, encoding and the like.' }),
  unread: z.array(z.string()).readonly().meta({ description: 'Columns that nothing reads.' }),
  events: z.array(
    z.object({
      ...{ line: z.int(), sku: z.string(), quantity: z.int(), updatedAt: z.string() },
      ...{ location: z.string().optional(), id: z.string().optional() },
      code: z.string().optional().meta({
        description: 'What the file calls it, where an alias says its SKU; the quantity is in pieces then.',
      }),
      unknown: z.literal(true).optional().meta({ description: 'Its code would wait for an alias.' }),
    }),
  ),
  ...{ rows: z.int(), refused: z.int(), figures: z.int() },
  refusals: z.array(
    z.object({ code: z.string(), count: z.int(), lines: z.array(z.int()), reason: z.string() }),
  ),
  unreadable: z.string().nullable(),
  guards,
  changes: z.object({ above0: z.int(), zeroed: z.int(), items: z.int(), unheard: z.int() }),
  unknown: z
    .object({ events: z.int(), codes: z.int(), first: z.array(z.string()) })
    .meta({ description: 'Codes whose events would wait for an alias: how many, and the first.' }),
});

export const samplePreviewSchema = z
  .object({
    document: z.unknown(),
    faults: z.array(z.object({ path: z.string(), fault: z.string() })),
    open: z
      .array(z.object({ path: z.string(), why: z.string(), choices: z.array(z.string()) }))
      .readonly()
      .meta({ description: 'What a guess leaves open.' }),
    preview: preview.nullable(),
    unreadable: z.string().nullable(),
  })
  .meta({ id: 'FeedPreview' });
