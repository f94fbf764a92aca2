import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../../src/config/project-root.ts';
import { httpReceiver, type HttpReceiver } from '../../notify/receivers.ts';
import { until } from '../../support/until.ts';
import { CAUSES, OWNERS, prepare, type Cause } from './causes.ts';
import { startInstance, type Instance } from './instance.ts';
import { findPrograms, watch } from './watchers.ts';

const programs = await findPrograms();
const WITHIN_MS = 120_000;
const EVERY_MS = 1_000;

interface Sent {
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string> }[];
}
type Step = 'plant' | 'goesOn' | 'end' | 'afterwards';

const ALL = Object.entries(CAUSES);
const TOGETHER = ALL.filter(([, { alone }]) => alone !== true);
const ALONE = ALL.filter(([, { alone }]) => alone === true);
const table = (causes: typeof ALL) => causes.map(([alert, { owner }]) => [alert, owner] as const);

describe.runIf(programs)('rules', () => {
  it('do over hours what ops/prometheus/alerts.test.yml says', () => {
    const rules = join(projectRoot(), 'ops/prometheus/alerts.test.yml');
    const tested = spawnSync(String(programs?.promtool), ['test', 'rules', rules], { encoding: 'utf8' });
    expect([tested.status, tested.stdout]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });
});

describe.runIf(programs)('Prometheus and Alertmanager', () => {
  let instance: Instance;
  let receiver: HttpReceiver;
  let watchers: Awaited<ReturnType<typeof watch>> | undefined;
  /** What happens every second now. */
  let now: 'goesOn' | 'afterwards' = 'goesOn';
  let over = false;
  let going: Promise<void> | undefined;

  const each = async (causes: readonly (readonly [string, Cause])[], step: Step): Promise<void> => {
    for (const [, cause] of causes) await cause[step]?.(instance);
  };
  const goOn = async (): Promise<void> => {
    while (!over) {
      await each(TOGETHER, now);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
  };
  const told = (status: string) =>
    receiver.received.flatMap(({ path, body }) =>
      (JSON.parse(body.toString('utf8')) as Sent).alerts
        .filter((one) => one.status === status)
        .map((one) => ({ ...one, path })),
    );
  /** All of them have the same time to come, so that what tells of none is not waited for once for each. */
  const comes = (
    alert: string,
    owner: keyof typeof OWNERS,
    status: string,
    by = performance.now() + WITHIN_MS,
  ) =>
    until(
      async () =>
        told(status).find(
          ({ path, labels }) => path === `/${OWNERS[owner]}` && labels['alertname'] === alert,
        ),
      Math.max(EVERY_MS, by - performance.now()),
    );
  let by: number;

  beforeAll(async () => {
    instance = await startInstance();
    receiver = await httpReceiver();
    await prepare(instance);
    await each(TOGETHER, 'plant');
    going = goOn();
    watchers = programs && (await watch(programs, instance, receiver));
    by = performance.now() + WITHIN_MS;
  });
  afterAll(async () => {
    over = true;
    await going;
    await watchers?.close();
    await receiver?.close();
    await instance?.close();
  });

  it.each(table(TOGETHER))('tell of %s, for %s, with the way to its runbook', async (alert, owner) => {
    const { annotations, labels } = await comes(alert, owner, 'firing', by);
    expect(annotations['runbook_url']).toMatch(new RegExp(`^https://.*/alerts\\.md#${alert.toLowerCase()}$`));
    expect(annotations['todo']).toBeTruthy();
    expect(annotations['summary']).toBeTruthy();
    expect(labels['docs']).toBeUndefined();
  });

  it('tell of nothing else, and each alert to its owner alone', () => {
    const strangers = told('firing').filter(({ path, labels }) => {
      const named = labels['alertname'] ?? '';
      return CAUSES[named]?.alone === true || path !== `/${OWNERS[labels['owner'] as keyof typeof OWNERS]}`;
    });
    expect(strangers).toEqual([]);
  });

  it('tell each that it is over, once its cause is gone', async () => {
    now = 'afterwards';
    await each(TOGETHER, 'end');
    by = performance.now() + WITHIN_MS;
    for (const [alert, owner] of table(TOGETHER))
      expect(await comes(alert, owner, 'resolved', by)).toMatchObject({ status: 'resolved' });
  });

  it.each(table(ALONE))('tell of %s, for %s, and that it is over', async (alert, owner) => {
    await CAUSES[alert]?.plant?.(instance);
    expect(await comes(alert, owner, 'firing')).toMatchObject({ status: 'firing' });
    await CAUSES[alert]?.end?.(instance);
    expect(await comes(alert, owner, 'resolved')).toMatchObject({ status: 'resolved' });
  });
});
