import { FeedRefused } from '../feed/feed-refused.ts';
import { FileTooLarge } from '../feed/run/file-parts.ts';
import { ProblemError } from './problems.ts';

/** Does something with feeds, and answers what is refused as a problem. */
export async function orFeedProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileTooLarge) throw new ProblemError('payload_too_large', { detail: error.message });
    if (!(error instanceof FeedRefused)) throw error;
    if (error.code === 'unknown_feed' || error.code === 'unknown_run') throw new ProblemError('not_found');
    if (error.code === 'bad_definition') {
      const errors = error.faults.map(({ path, fault }) => ({
        pointer: pointerOf(path),
        detail: fault.replace(/^: /, ''),
      }));
      throw new ProblemError('invalid_shape', { detail: 'The document is no feed.', errors });
    }
    throw new ProblemError('feed_refused', { detail: error.message });
  }
}

/** `columns.sku` as a JSON pointer. */
function pointerOf(path: string): string {
  if (path === '') return '';
  return `/${path.replaceAll(/\[(\d+)\]/g, (_, no: string) => `.${Number(no) - 1}`).replaceAll('.', '/')}`;
}
