import { asItLooks } from '../../domain/normalize.ts';

/** A file of JSON repeats few names; one that invents them must not fill the memory. */
const MOST_KEPT = 10_000;

const folded = new Map<string, string>();

/** A name without case and spacing: `Updated At`, `updatedAt`, `updated_at` and `@updated-at` are one. */
export function foldName(name: string): string {
  const known = folded.get(name);
  if (known !== undefined) return known;
  const fold = asItLooks(name)
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_-]/g, '')
    .replace(/^@/, '');
  if (folded.size >= MOST_KEPT) folded.clear();
  folded.set(name, fold);
  return fold;
}
