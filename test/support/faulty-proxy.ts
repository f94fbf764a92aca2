import { createServer, connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** A way to a server that can go wrong in the ways of a network. */
export interface FaultyProxy {
  port: number;
  /**
   * Freezes the connections that there are: bytes are taken, nothing is answered or closed; new ones work.
   *
   * @returns how many
   */
  freeze(): number;
  /** Freezes new ones too, until `mend`. */
  freezeAll(): void;
  /** Resets the connections that there are. @returns how many */
  cut(): number;
  /** Resets the connections that there are, and lets nobody connect until `mend`. */
  refuse(): void;
  /** Says to both ends that nothing more will come, and passes nothing on, but hangs nothing up. */
  halfClose(): number;
  /** Everything comes so much later, or in drops, until `mend`. */
  slow(how: { latencyMs?: number; bytesASecond?: number }): void;
  /** What is new works again; what was frozen has lost bytes and stays so. */
  mend(): void;
  close(): Promise<void>;
}

interface Pair {
  near: Socket;
  far: Socket;
  frozen: boolean;
}

const DROP_MS = 50;

/** @param target a port on 127.0.0.1 */
export async function faultyProxy(target: number): Promise<FaultyProxy> {
  const pairs = new Set<Pair>();
  let all = false;
  let pace: { latencyMs?: number; bytesASecond?: number } = {};
  const pass = (from: Socket, to: Socket, pair: Pair): void => {
    let last: Promise<unknown> = Promise.resolve();
    let isIdle = true;
    from.on('data', (bytes) => {
      if (pair.frozen) return;
      const { latencyMs = 0, bytesASecond } = pace;
      if (isIdle && latencyMs === 0 && bytesASecond === undefined) {
        to.write(bytes);
        return;
      }
      isIdle = false;
      const due = Date.now() + latencyMs;
      const turn = last.then(async () => {
        await sleep(due - Date.now());
        await drip(to, bytes, () => (pair.frozen ? 0 : pace.bytesASecond));
        if (last === turn) isIdle = true;
      });
      last = turn;
    });
  };
  const server = createServer({ noDelay: true }, (near) => {
    const far = connect({ host: '127.0.0.1', port: target, noDelay: true });
    const pair = { near, far, frozen: all };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    // Whoever hangs up is heard even where nothing is passed on.
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    pass(near, far, pair);
    pass(far, near, pair);
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const setFrozen = (frozen: boolean): number => {
    for (const pair of pairs) pair.frozen = frozen;
    return pairs.size;
  };
  const cut = (): number => {
    const count = pairs.size;
    for (const { near, far } of pairs) for (const socket of [near, far]) socket.resetAndDestroy();
    return count;
  };
  return {
    port,
    cut,
    freeze: () => setFrozen(true),
    freezeAll: () => {
      all = true;
      setFrozen(true);
    },
    refuse: () => {
      server.close();
      cut();
    },
    halfClose: () => {
      const count = setFrozen(true);
      for (const { near, far } of pairs) for (const socket of [near, far]) socket.end();
      return count;
    },
    slow: (how) => {
      pace = how;
    },
    mend: () => {
      all = false;
      pace = {};
      if (!server.listening) void listen(port);
    },
    close: () =>
      new Promise((resolve) => {
        for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy();
        if (server.listening) server.close(() => resolve());
        else resolve();
      }),
  };
}

/** Several ways as one, for what goes wrong with all of them. */
export function allWays(
  ways: readonly FaultyProxy[],
): Pick<FaultyProxy, 'freeze' | 'freezeAll' | 'cut' | 'mend'> {
  return {
    freeze: () => ways.reduce((count, way) => count + way.freeze(), 0),
    cut: () => ways.reduce((count, way) => count + way.cut(), 0),
    freezeAll: () => ways.forEach((way) => way.freezeAll()),
    mend: () => ways.forEach((way) => way.mend()),
  };
}

/** @param paceNow bytes a second; undefined for all at once, 0 for none any more */
async function drip(to: Socket, bytes: Buffer, paceNow: () => number | undefined): Promise<void> {
  for (let rest = bytes; rest.length > 0;) {
    const pace = paceNow();
    if (pace === 0 || to.destroyed) return;
    const drop = pace === undefined ? rest.length : Math.max(1, Math.round((pace * DROP_MS) / 1_000));
    to.write(rest.subarray(0, drop));
    rest = rest.subarray(drop);
    if (rest.length > 0) await sleep(DROP_MS);
  }
}
