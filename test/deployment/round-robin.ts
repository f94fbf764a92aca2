import { connect, createServer, type Socket } from 'node:net';

/** Stands for the proxy before several servers: passes each connection on to the next of them that takes it. */
export interface RoundRobin {
  port: number;
  close(): Promise<void>;
}

/** @param targets ports of 127.0.0.1, asked for at each connection */
export function roundRobin(targets: () => readonly number[]): Promise<RoundRobin> {
  const open = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    const ports = targets();
    const tryNext = (left: number): void => {
      const port = ports[turn++ % ports.length];
      if (left === 0 || port === undefined) {
        client.destroy();
        return;
      }
      const behind = connect({ port, host: '127.0.0.1' });
      open.add(behind);
      behind.on('close', () => open.delete(behind));
      behind.once('connect', () => {
        behind.on('error', () => client.destroy());
        client.on('close', () => behind.destroy());
        behind.on('close', () => client.destroy());
        client.pipe(behind).pipe(client);
      });
      behind.once('error', () => {
        if (behind.connecting || behind.readyState === 'closed') tryNext(left - 1);
      });
    };
    tryNext(ports.length);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address ? address.port : 0,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            for (const socket of open) socket.destroy();
          }),
      });
    });
  });
}
