import type { TenantState } from '../../domain/flags.ts';
import type { Micros } from '../../domain/time.ts';
import { SAMPLE_SUPPLIERS, SAMPLE_TENANT, sampleFeed, type SupplierEvent } from './sample-feed.ts';
import { sampleStory } from './sample-story.ts';
import { SUMMED_RESERVE, SUMMED_SUPPLIERS, SUMMED_TENANT, summedStory } from './summed-story.ts';

const SEED = 7;

export interface Sample {
  tenant: string;
  state: TenantState;
  suppliers: readonly string[];
  /** Its suppliers' figures are added up, and so much is kept back; undefined: the newest event counts. */
  summed: { reserve: number } | undefined;
  feed(now: Micros): { supplier: string; event: SupplierEvent }[];
}

/** The tenants of a first start. */
export const SAMPLES: readonly Sample[] = [
  {
    tenant: SAMPLE_TENANT,
    state: 'canary',
    suppliers: SAMPLE_SUPPLIERS,
    summed: undefined,
    feed: (now) => [...sampleFeed({ now, seed: SEED }), ...sampleStory(now)],
  },
  {
    tenant: SUMMED_TENANT,
    state: 'open',
    suppliers: SUMMED_SUPPLIERS,
    summed: { reserve: SUMMED_RESERVE },
    feed: summedStory,
  },
];
