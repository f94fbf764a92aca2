/**
 * Our version, as it stands in a shop. Who edits it there by hand may leave it as a text.
 *
 * @returns null where none was written, or nothing of ours
 */
export function versionFrom(kept: unknown): number | null {
  if (typeof kept === 'number') return kept;
  return typeof kept === 'string' && /^\d{1,10}$/.test(kept) ? Number(kept) : null;
}
