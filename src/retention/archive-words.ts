import { formatTime, type Micros } from '../domain/time.ts';

/** Where an event went that was pruned. */
export interface ArchivedAt {
  /** The name of the archive's folder; null when nothing was kept. */
  archive: string | null;
  /** The number of the file in it. */
  file: number | null;
  at: Micros;
}

/** `events-00001.ndjson.gz` */
export function archiveFileName(file: number): string {
  return `events-${String(file).padStart(5, '0')}.ndjson.gz`;
}

/** `archived in canary-…/events-00001.ndjson.gz on 2026-11-26`; without an archive, that it was pruned. */
export function archivedWords({ archive, file, at }: ArchivedAt): string {
  const date = formatTime(at).slice(0, 10);
  return archive === null || file === null
    ? `pruned on ${date} and kept in no archive`
    : `archived in ${archive}/${archiveFileName(file)} on ${date}`;
}
