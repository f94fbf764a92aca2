import type { HeadWatch } from '../../changes/watch-heads.ts';
import { CursorGoneError } from '../../changes/cursor-errors.ts';
import type { ChangePage } from '../../changes/read-changes.ts';
import { problemOf } from '../problems.ts';

/** How long a client waits before it comes again, in ms. */
const COME_AGAIN_MS = 2_000;
/** Without a change a comment goes out so often, so that no proxy takes the connection for dead. In ms. */
const SIGN_OF_LIFE_MS = 15_000;
/** So often it is asked whether the reader still may read, in ms. */
const ASK_EVERY_MS = 10_000;

export interface Told {
  first: ChangePage;
  /** The mark of the watch from before the first page was read. */
  mark: number;
  watch: HeadWatch;
  next: (after: string) => Promise<ChangePage>;
  /** @throws where the reader may not read any more */
  admit: () => Promise<void>;
  /** How often that is asked, in ms. */
  askEveryMs?: number;
  /** Ends it between two pages. */
  signal: AbortSignal;
}

/**
 * A change feed as server-sent events, in the words of the HTML standard: each with its cursor as its `id`, which a
 * client brings along as `Last-Event-ID` when it comes again. A cursor that is worthless meanwhile ends it with an event
 * `gone`.
 *
 * @throws what reading throws, and `admit`
 */
export async function* tellChanges({
  first,
  mark,
  watch,
  next,
  admit,
  askEveryMs = ASK_EVERY_MS,
  signal,
}: Told): AsyncGenerator<string, void> {
  yield `retry: ${COME_AGAIN_MS}\n\n`;
  let page = first;
  let seen = mark;
  let askedAt = performance.now();
  for (;;) {
    const text = page.changes.map(eventOf).join('');
    if (text !== '') yield text;
    if (signal.aborted) return;
    if (performance.now() - askedAt >= askEveryMs) {
      await admit();
      askedAt = performance.now();
    }
    if (!page.more && !(await watch.grown(seen, SIGN_OF_LIFE_MS, signal))) {
      if (signal.aborted) return;
      yield `: ${page.behindMs > 0 ? 'a change waits for an older transaction' : 'nothing new'}\n\n`;
    }
    seen = watch.mark();
    const told = await next(page.next).catch((error: unknown) => {
      if (error instanceof CursorGoneError) return error;
      throw error;
    });
    if (told instanceof CursorGoneError) {
      yield `event: gone\ndata: ${JSON.stringify(problemOf('cursor_gone', { detail: told.message }))}\n\n`;
      return;
    }
    page = told;
  }
}

function eventOf({ cursor, ...change }: ChangePage['changes'][number]): string {
  return `id: ${cursor}\ndata: ${JSON.stringify(change)}\n\n`;
}
