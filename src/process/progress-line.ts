/** A terminal is redrawn at most so often, in ms; elsewhere a line comes at most so often. */
const REDRAW_MS = 200;
const LINE_MS = 5_000;

export interface ProgressLine {
  /** Says how far the work is; `text` is asked only when it is shown. */
  update: (text: () => string) => void;
  /** Says something at once on a terminal, however short the time since the last. */
  say: (text: string) => void;
  /** Frees the line for other words. */
  clear: () => void;
  /** Leaves the last that was said, as a line of its own. */
  end: () => void;
}

/** One line on stderr about work that takes long: a terminal redraws it, elsewhere it comes anew now and then. */
export function createProgressLine(stream: NodeJS.WriteStream = process.stderr): ProgressLine {
  let shownAt = -Infinity;
  let drawn = false;
  let written: string | undefined;
  let last: (() => string) | undefined;
  const write = (text: string): void => {
    shownAt = performance.now();
    // A line that wraps could not be redrawn.
    const fits = stream.isTTY ? text.slice(0, (stream.columns || 80) - 1) : text;
    stream.write(stream.isTTY ? `\r\u001b[K${fits}` : `${fits}\n`);
    written = text;
    drawn = stream.isTTY;
  };
  const clear = (): void => {
    if (drawn) stream.write('\r\u001b[K');
    drawn = false;
  };
  const due = (): boolean => performance.now() - shownAt >= (stream.isTTY ? REDRAW_MS : LINE_MS);
  return {
    clear,
    update: (text) => {
      last = text;
      if (due()) write(text());
    },
    say: (text) => {
      last = () => text;
      if (stream.isTTY || due()) write(text);
    },
    end: () => {
      if (!last) return;
      clear();
      const text = last();
      if (stream.isTTY || text !== written) stream.write(`${text}\n`);
      last = undefined;
    },
  };
}
