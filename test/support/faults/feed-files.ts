import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A supplier's server with one file. */
export interface FeedFiles {
  url: string;
  asked: number;
  /** What it gives from now on. */
  serve(content: string, etag: string): void;
  /** Answers stop in the middle until they may go on, as if the line were slow. */
  hold(): { goOn(): void };
  /** Answers are cut in the middle. */
  cut(isCut: boolean): void;
  close(): Promise<void>;
}

export async function feedFiles(): Promise<FeedFiles> {
  let now = { content: '', etag: '"0"' };
  let isCut = false;
  let free: Promise<void> = Promise.resolve();
  const server = createServer(async (request, response) => {
    files.asked += 1;
    const { content, etag } = now;
    if (request.headers['if-none-match'] === etag) return response.writeHead(304).end();
    const bytes = Buffer.from(content);
    response.on('error', () => undefined);
    response.writeHead(200, { etag, 'content-length': bytes.length });
    const middle = Math.floor(bytes.length * 0.8);
    response.write(bytes.subarray(0, middle));
    await free;
    if (isCut) return setTimeout(() => response.destroy(), 50);
    return response.end(bytes.subarray(middle));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const files: FeedFiles = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/stock.csv`,
    asked: 0,
    serve: (content, etag) => {
      now = { content, etag };
    },
    hold: () => {
      let goOn = (): void => undefined;
      free = new Promise((resolve) => {
        goOn = () => resolve();
      });
      return { goOn: () => goOn() };
    },
    cut: (whether) => {
      isCut = whether;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return files;
}
