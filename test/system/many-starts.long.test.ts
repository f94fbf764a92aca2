import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import getPort from 'get-port';
import { takePortsAllTheTime } from '../support/system/busy-ports.ts';
import { leavePlace, startProduct, takePlace, type Place } from '../support/system/start.ts';

const STARTS = Number(process.env.STARTS ?? 3);
const AT_ONCE = 3;
/** On a busy machine a start takes long; whether it fails is what is asked. */
const EACH_MS = 300_000;

const say = (line: string): void => void process.stderr.write(`starts: ${line}\n`);

let busy: Awaited<ReturnType<typeof takePortsAllTheTime>>;

// Three whole products at once: CI has the time, and `npm run starts` has the time for a hundred.
describe.runIf(process.env.CI ?? process.env.STARTS)('first starts, three at a time', () => {
  beforeAll(async () => {
    busy = await takePortsAllTheTime();
  });
  afterAll(() => busy?.stop());

  it(
    `all ${STARTS} become ready, on ports that any outgoing connection may take meanwhile`,
    async () => {
      const [begun, opened] = [performance.now(), busy.opened()];
      const failures: string[] = [];
      const seconds: number[] = [];
      let next = 0;
      const starter = async (): Promise<void> => {
        for (let no = (next += 1); no <= STARTS; no = next += 1) {
          // Each of its ports is one that the system gives to outgoing connections.
          const place = await takePlace();
          place.environment['POSTGRES_PORT'] = String(await getPort({ host: '127.0.0.1' }));
          const said = await firstStart(place);
          if (typeof said === 'number') seconds.push(said);
          else failures.push(`start ${no}: ${said}`);
          say(`${no} of ${STARTS}: ${typeof said === 'number' ? `ready after ${said.toFixed(1)} s` : said}`);
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, starter));
      const lasted = (performance.now() - begun) / 1000;
      const rate = (busy.opened() - opened) / lasted;
      const sorted = seconds.toSorted((one, other) => one - other);
      say(
        `${seconds.length} of ${STARTS} ready in ${lasted.toFixed(0)} s, half within ` +
          `${sorted[Math.floor(sorted.length / 2)]?.toFixed(1)} s, the slowest after ${sorted.at(-1)?.toFixed(1)} s; ` +
          `${rate.toFixed(0)} connections a second beside them`,
      );
      expect(failures).toEqual([]);
      expect(rate).toBeGreaterThan(150);
    },
    EACH_MS * (1 + STARTS / AT_ONCE),
  );
});

/** @returns the seconds until it was ready, or what went wrong */
async function firstStart(place: Place): Promise<number | string> {
  const begun = performance.now();
  try {
    await startProduct(place, { args: ['--no-sample'], withinMs: EACH_MS });
    return (performance.now() - begun) / 1000;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await leavePlace(place);
  }
}
