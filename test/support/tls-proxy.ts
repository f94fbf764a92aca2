import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import { selfSigned } from './self-signed.ts';

export interface TlsProxy {
  /** `https://localhost:PORT`, under a certificate that nobody vouches for. */
  url: string;
  /** Where what arrives goes from now on. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

/** Ends TLS before a server on this machine, and passes every byte on. */
export async function openTlsProxy(): Promise<TlsProxy> {
  let target = 0;
  const sockets = new Set<Socket>();
  const server = createServer(selfSigned(), (outer) => {
    const inner = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    leadTo: (port) => {
      target = port;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
