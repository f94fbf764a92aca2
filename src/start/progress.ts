export interface Progress {
  update(done: number, total: number): void;
  end(): void;
}

const LINE_EVERY_MS = 2_000;

/** One line on stderr that a terminal redraws; elsewhere a line every two seconds. */
export function createProgress(what: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  let shown = false;
  let lastLine = 0;
  let last = '';
  return {
    update: (done, total) => {
      last = `${what}: ${done} of ${total}`;
      shown = true;
      if (stream.isTTY) stream.write(`\r\u001b[K${last}`);
      else if (Date.now() - lastLine > LINE_EVERY_MS) {
        lastLine = Date.now();
        stream.write(`${last}\n`);
      }
    },
    end: () => {
      if (!shown) return;
      stream.write(stream.isTTY ? '\n' : `${last}\n`);
      shown = false;
    },
  };
}
