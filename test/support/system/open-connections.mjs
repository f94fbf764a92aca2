// Opens 200 connections a second, each from a port that the system chooses, and tells its parent how many it has.
import { connect, createServer } from 'node:net';
import process from 'node:process';

const A_SECOND = 200;
const EVERY_MS = 20;
/** So long each keeps its port. */
const KEPT_MS = 1_000;

let opened = 0;
const server = createServer((socket) => void socket.on('error', () => undefined).resume());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const begun = performance.now();
  setInterval(() => {
    // By the clock: on a busy machine a timer comes late.
    const due = Math.floor(((performance.now() - begun) * A_SECOND) / 1_000);
    for (; opened < due; opened += 1) {
      const socket = connect({ host: '127.0.0.1', port });
      socket.on('error', () => undefined);
      setTimeout(() => socket.destroy(), KEPT_MS);
    }
    process.send?.(opened);
  }, EVERY_MS);
});
process.on('disconnect', () => process.exit());
