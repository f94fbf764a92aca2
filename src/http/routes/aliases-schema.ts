import { z } from 'zod';

const time = z.string().meta({ format: 'date-time' });

/** What the API takes of aliases at once. */
const MOST_ALIASES = 5_000;

export const aliasListSchema = z
  .object({
    aliases: z.array(
      z.object({
        supplier: z.string(),
        code: z.string(),
        sku: z.string(),
        factor: z.int().meta({ description: "Pieces in one of the supplier's units." }),
        since: time.meta({ description: 'Since when the code has meant this.' }),
      }),
    ),
  })
  .meta({ id: 'Aliases' });

export const aliasImportSchema = z.object({
  aliases: z
    .array(
      z.object({
        code: z.string('must be a string').meta({ description: "The supplier's code, or a GTIN." }),
        sku: z.string('must be a string'),
        factor: z.number('must be a number').optional().meta({ description: '1 unless given.' }),
      }),
      'must be a list',
    )
    .min(1, 'must have an alias')
    .max(MOST_ALIASES, `must have at most ${MOST_ALIASES} aliases`),
  reason: z.string().min(1).max(1000).optional().meta({ description: 'For the audit list.' }),
  dryRun: z.boolean().optional().meta({ description: 'Say what it would do, and write nothing.' }),
});

export const aliasImportedSchema = z
  .object({
    added: z.int(),
    changed: z.int(),
    unchanged: z.int(),
    released: z.int().meta({ description: 'Events that waited for one of them, and flow now.' }),
    dryRun: z.boolean(),
  })
  .meta({ id: 'AliasesImported' });

export const unknownSkusSchema = z
  .object({
    unknown: z.array(
      z.object({
        supplier: z.string(),
        code: z.string().meta({ description: 'As it came last.' }),
        count: z.int().meta({ description: 'Events that wait.' }),
        firstSeen: time,
        lastSeen: time,
        lastQuantity: z.int(),
        tooMuch: z.boolean().meta({
          description: 'It has an alias, whose factor makes a quantity more than an event may say.',
        }),
        near: z.array(z.string()).meta({ description: 'SKUs that look like it, the likeliest first.' }),
      }),
    ),
  })
  .meta({ id: 'UnknownSkus' });

export type AliasList = z.output<typeof aliasListSchema>;
export type AliasesImported = z.output<typeof aliasImportedSchema>;
export type UnknownSkus = z.output<typeof unknownSkusSchema>;
