import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** A way to a server on which established connections can be frozen: bytes are taken, nothing is answered or closed. */
export interface FreezingProxy {
  port: number;
  /** Freezes the connections that there are; new ones work. */
  freeze(): number;
  /** Breaks the connections that there are; new ones work. */
  cut(): number;
  /** Freezes new ones too, until `thaw`. */
  freezeAll(): void;
  thaw(): void;
  close(): Promise<void>;
}

/** @param port on 127.0.0.1 */
export async function freezingProxy(port: number): Promise<FreezingProxy> {
  const pairs = new Set<{ near: Socket; far: Socket; frozen: boolean }>();
  let all = false;
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port });
    const pair = { near, far, frozen: all };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    // Whoever hangs up is heard even where nothing is passed on.
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    near.on('data', (bytes) => void (pair.frozen || far.write(bytes)));
    far.on('data', (bytes) => void (pair.frozen || near.write(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const setFrozen = (frozen: boolean): number => {
    for (const pair of pairs) pair.frozen = frozen;
    return pairs.size;
  };
  return {
    port: (server.address() as AddressInfo).port,
    freeze: () => setFrozen(true),
    cut: () => {
      const broken = [...pairs];
      for (const { near, far } of broken) for (const socket of [near, far]) socket.resetAndDestroy();
      return broken.length;
    },
    freezeAll: () => {
      all = true;
      setFrozen(true);
    },
    // What was frozen has lost bytes and stays so.
    thaw: () => void (all = false),
    close: () =>
      new Promise((resolve) => {
        for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
