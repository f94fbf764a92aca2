import { printable } from '../../domain/safe-text.ts';
import { OutgoingRefused } from '../../outgoing/guard.ts';
import { SourceFailed } from './source.ts';

/** A source's server to which there is no connection. */
export function unreachable(server: string, error: unknown): SourceFailed {
  if (error instanceof OutgoingRefused) {
    const says = `${server} ${error.because}: name another in the feed, or allow it by OUTGOING_ALLOW`;
    return new SourceFailed(says, { passes: false, cause: error });
  }
  const why = printable(error instanceof Error ? error.message : String(error));
  return new SourceFailed(`${server} cannot be reached: ${why}`, { passes: true, cause: error });
}
