/** No line of a sensible file is longer; memory stays bounded whatever the file holds. */
export const LINE_BYTES = 64 * 1024;

export interface Line {
  /** From 1. */
  number: number;
  /** Without its line break; undefined when it is longer than `LINE_BYTES`. */
  bytes: Buffer | undefined;
}

const LF = 0x0a;
const CR = 0x0d;

/** Cuts bytes at their line breaks (LF, or CR and LF), holding one line at a time. */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 0;
  let parts: Buffer[] = [];
  let size = 0;
  const take = (): Line => {
    number += 1;
    const whole = size > LINE_BYTES ? undefined : Buffer.concat(parts);
    parts = [];
    size = 0;
    return { number, bytes: whole?.at(-1) === CR ? whole.subarray(0, -1) : whole };
  };
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LF); end !== -1; end = chunk.indexOf(LF, start)) {
      add(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (size > 0) yield take();

  function add(part: Buffer): void {
    size += part.length;
    if (size > LINE_BYTES) parts = [];
    else if (part.length > 0) parts.push(part);
  }
}
