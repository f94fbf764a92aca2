import { formatTime, type Micros } from '../../domain/time.ts';
import type { CompiledMapping } from './compile-mapping.ts';
import { foldName } from './fold-name.ts';
import { Fault } from './refusal.ts';
import type { WrittenTime } from './written-time.ts';

/** What is known of a file beside its rows. */
export interface FileContext {
  /** When the source says it was written; undefined where it does not say. */
  fileTime?: Micros | undefined;
  receivedAt: Micros;
  envelope: Readonly<Record<string, string>>;
}

/** The one time of all rows of a file. */
export function contextTime(
  { of, field, read }: CompiledMapping['times'],
  context: FileContext,
): WrittenTime {
  if (of === 'received') return formatTime(context.receivedAt);
  if (of === 'file') {
    return context.fileTime === undefined
      ? new Fault(
          'no_time_of_file',
          'is that of the file, and nobody says when that was written: times.of: received would do',
        )
      : formatTime(context.fileTime);
  }
  const text = field === undefined ? undefined : fieldOf(context.envelope, field);
  if (text !== undefined && text.trim() !== '') return read(text.trim());
  const names = Object.keys(context.envelope).slice(0, 10).join(', ');
  return new Fault(
    'no_time_of_file',
    `is that of the envelope, which has no ${field ?? 'field'} (it has ${names === '' ? 'nothing' : names})`,
  );
}

function fieldOf(envelope: Readonly<Record<string, string>>, field: string): string | undefined {
  if (Object.hasOwn(envelope, field)) return envelope[field];
  const fold = foldName(field);
  const name = Object.keys(envelope).find((other) => foldName(other) === fold);
  return name === undefined ? undefined : envelope[name];
}
