import { createServer } from 'node:net';

const FIRST = 18_100;
const LAST = 28_000;
const WANTED = 5;

/** Five ports of 127.0.0.1, one after the other: a range is how several servers are given theirs. */
export async function freePorts(): Promise<[number, number, number, number, number]> {
  for (let first = FIRST + Math.floor(Math.random() * 5_000); first < LAST; first += WANTED) {
    const ports = [first, first + 1, first + 2, first + 3, first + 4] as const;
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return [...ports];
  }
  throw new Error(`no ${WANTED} free ports in a row between ${FIRST} and ${LAST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
