import { z } from 'zod';
import { GUARDS } from '../../feed/guards/judge-file.ts';
import { noticesSchema, refusedAlikeSchema } from './feeds-schema.ts';

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
  refusedRows: z
    .array(z.object({ line: z.int(), code: z.string(), reason: z.string() }))
    .meta({ description: 'Of the first rows, as events are.' }),
  refusals: z.array(
    refusedAlikeSchema.extend({
      ranges: z
        .array(z.tuple([z.int(), z.int()]))
        .meta({ description: 'All of them, each stretch by its first and its last line.' }),
    }),
  ),
  unreadable: z.string().nullable(),
  guards,
  changes: z.object({
    ...{ above0: z.int(), zeroed: z.int(), items: z.int(), unheard: z.int(), changed: z.int() },
    first: z.array(z.object({ sku: z.string(), from: z.int(), to: z.int() })).meta({
      description: 'The first items whose figure would be another, those that would go to 0 before others.',
    }),
  }),
  notices: noticesSchema,
  closed: z.string().nullable().meta({ description: 'Why its events would be held in any case.' }),
  unknown: z
    .object({ events: z.int(), codes: z.int(), first: z.array(z.string()) })
    .meta({ description: 'Codes whose events would wait for an alias: how many, and the first.' }),
});

const sample = z.object({
  found: z.record(z.string(), z.unknown()).meta({ description: 'Format, encoding and the like.' }),
  columns: z.array(
    z.object({
      column: z.union([z.string(), z.int()]).meta({ description: 'As a document names it.' }),
      title: z.string(),
    }),
  ),
  rows: z.array(z.object({ line: z.int(), cells: z.array(z.string()) })),
});

export const samplePreviewSchema = z
  .object({
    document: z.unknown(),
    faults: z.array(z.object({ path: z.string(), fault: z.string() })),
    open: z
      .array(z.object({ path: z.string(), why: z.string(), choices: z.array(z.string()) }))
      .readonly()
      .meta({ description: 'What a guess leaves open.' }),
    sample: sample.nullable().meta({ description: 'Its first rows as they stand.' }),
    preview: preview.nullable(),
    unreadable: z.string().nullable(),
  })
  .meta({ id: 'FeedPreview' });

export type FeedPreview = z.output<typeof samplePreviewSchema>;
