import { createServer } from 'node:http';
import type { BenchEvent } from '../events.ts';

/**
 * What each program of a subject serves on PORT: GET /ready, POST /events (an array, answered when all are taken in
 * for good), GET /done (how many came to their end, for those that tell no storefront). Ends on SIGTERM.
 */
export function serve(subject: {
  start(events: BenchEvent[]): Promise<unknown>;
  done?: () => number;
  close(): Promise<unknown>;
}): void {
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    if (request.url !== '/events') {
      answer(200, request.url === '/done' ? (subject.done?.() ?? 0) : 'ready');
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      subject
        .start(JSON.parse(Buffer.concat(chunks).toString()) as BenchEvent[])
        .then(() => answer(202, {}))
        .catch((error: unknown) => {
          console.error(error);
          answer(500, String(error));
        });
    });
  });
  server.listen(Number(setting('PORT')), '127.0.0.1');
  process.once('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
    void subject.close().finally(() => process.exit(0));
  });
}

/** @throws for a variable that the bench did not set */
export function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}
