import { z } from 'zod';
import type { Change } from '../../changes/change.ts';
import { versionFields } from './version-schema.ts';

/** A version of an item, as the change feed and the list of items tell it. */
export const changeSchema = z
  .object({
    itemId: z.string(),
    sku: z.string(),
    ...versionFields,
    kind: z
      .enum(['update', 'correction', 'void', 'expiry'])
      .meta({ description: 'What kind of event made it.' }),
  })
  .meta({ id: 'Change' }) satisfies z.ZodType<Change>;

const cursor = z.string().meta({ description: 'To be sent back as it is.' });

/** A page of the change feed. */
export const changesSchema = z
  .object({
    changes: z.array(changeSchema.extend({ cursor })),
    next: z.string().meta({ description: 'The `after` to go on with, also when nothing came.' }),
    more: z.boolean().meta({ description: 'Whether there is more now.' }),
    behindMs: z.number().meta({
      description:
        'How long the oldest change waits that is decided and not told yet: a transaction that began earlier is open. 0: none waits.',
    }),
  })
  .meta({ id: 'Changes' });

/** A page of a tenant's items. */
export const itemsSchema = z
  .object({
    items: z.array(changeSchema).meta({ description: 'Of each item the change that is its newest.' }),
    next: z.string().nullable().meta({ description: 'The `after` of the next page; null: there is none.' }),
    changesAfter: z.string().nullable().meta({
      description: 'On the first page: the cursor from which the change feed goes on after the last one.',
    }),
  })
  .meta({ id: 'Items' });
