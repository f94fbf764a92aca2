import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { httpReceiver, type HttpReceiver } from '../notify/receivers.ts';
import { until } from '../support/until.ts';

/** Debian's packages, or those of their makers. */
const prometheus = found(process.env['PROMETHEUS'], 'prometheus');
const alertmanager = found(process.env['ALERTMANAGER'], 'prometheus-alertmanager', 'alertmanager');
const canRun = prometheus !== undefined && alertmanager !== undefined;
if (!canRun)
  console.warn(
    'Alertmanager is not tried: the Debian packages prometheus and prometheus-alertmanager are not here.',
  );

const OWNERS = {
  Infra: 'infra',
  Platform: 'platform',
  Storefront: 'storefront',
  'Support Eng': 'support_eng',
};
/** Causes that alert at once, and whose alert each is. Without a worker and a server, two alert after two minutes besides. */
const PLANTED: [alert: string, owner: keyof typeof OWNERS, series: string][] = [
  ['CatalogSyncGateSampleStale', 'Platform', 'catalog_sync_gate_sample_age_seconds{tenant="shop"} 600'],
  [
    'CatalogSyncSignalMissed',
    'Infra',
    'catalog_sync_signal_verdict{tenant="shop",signal="queue_lag",owner="Infra",verdict="miss"} 1\n' +
      'catalog_sync_tenant_state{tenant="shop",state="open"} 1',
  ],
  [
    'CatalogSyncSweepDrift',
    'Storefront',
    'catalog_sync_sweep_drift_items{tenant="shop",kind="unknown_there"} 3',
  ],
  ['CatalogSyncSweepOverdue', 'Platform', 'catalog_sync_sweep_age_seconds{tenant="shop"} 200000'],
  [
    'CatalogSyncNotificationsFail',
    'Platform',
    'catalog_sync_notification_waiting_seconds{channel="desk"} 1000',
  ],
  ['CatalogSyncNotificationRoundsMissing', 'Platform', 'catalog_sync_notification_round_age_seconds 400'],
  [
    'CatalogSyncUnknownSku',
    'Support Eng',
    'catalog_sync_unknown_sku_events{tenant="shop",supplier="acme"} 4',
  ],
  ...(
    [
      ['CatalogSyncFeedHeld', 'feed_held'],
      ['CatalogSyncFeedUnreadable', 'feed_unreadable'],
      ['CatalogSyncSupplierSilent', 'supplier_silent'],
    ] as const
  ).map(([alert, mode]): (typeof PLANTED)[number] => [
    alert,
    'Platform',
    `catalog_sync_feeds_failing{tenant="shop",supplier="acme",failure_mode="${mode}"} 1`,
  ]),
  ...(
    [
      ['CatalogSyncOldQuantityShown', 'old_quantity_shown'],
      ['CatalogSyncWrongQuantityShown', 'wrong_quantity_shown'],
    ] as const
  ).map(([alert, mode]): (typeof PLANTED)[number] => [
    alert,
    'Storefront',
    `catalog_sync_items_shown_wrong{tenant="shop",failure_mode="${mode}"} 2`,
  ]),
  [
    'CatalogSyncUntraceableEvents',
    'Support Eng',
    'catalog_sync_signal_verdict{tenant="shop",signal="trace_coverage",owner="Support Eng",verdict="miss"} 1',
  ],
];

interface Sent {
  alerts: { status: string; labels: Record<string, string>; annotations: Record<string, string> }[];
}

function found(...names: (string | undefined)[]): string | undefined {
  return names.find((name) => name !== undefined && spawnSync(name, ['--version']).status === 0);
}

describe.runIf(canRun)('Prometheus and Alertmanager', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-alerts-'));
  const children: ChildProcess[] = [];
  let receiver: HttpReceiver;
  let exporter: Server;
  let sick = true;

  const start = (command: string, ...args: string[]): void => {
    children.push(spawn(command, args, { cwd: folder, stdio: 'ignore' }));
  };
  const alertsTo = (owner: keyof typeof OWNERS, status: string) =>
    receiver.received
      .filter((one) => one.path === `/${OWNERS[owner]}`)
      .flatMap(({ body }) => (JSON.parse(body.toString('utf8')) as Sent).alerts)
      .filter((one) => one.status === status);
  const ops = (file: string) => readFileSync(path.join(projectRoot(), 'ops', file), 'utf8');

  beforeAll(async () => {
    receiver = await httpReceiver();
    exporter = createServer((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4');
      response.end(sick ? `${PLANTED.map(([, , series]) => series).join('\n')}\n` : '\n');
    });
    await new Promise<void>((resolve) => exporter.listen(0, '127.0.0.1', resolve));
    const [own, managers] = [await getPort({ host: '127.0.0.1' }), await getPort({ host: '127.0.0.1' })];
    // What the receivers are, and how long it waits for more of a kind, is all that is another's.
    const routes = ops('alertmanager.yml')
      .replaceAll(
        /url_file: \/run\/secrets\/alerts_(\w+)/g,
        (_all, owner: string) => `url: ${receiver.url}/${owner}`,
      )
      .replaceAll(/group_(wait|interval): \w+/g, 'group_$1: 1s');
    writeFileSync(path.join(folder, 'alertmanager.yml'), routes);
    for (const file of ['rules.yml', 'alerts.yml'])
      writeFileSync(path.join(folder, file), ops(`prometheus/${file}`));
    writeFileSync(
      path.join(folder, 'prometheus.yml'),
      `global: { scrape_interval: 1s, evaluation_interval: 1s, external_labels: { docs: 'https://docs.example' } }
rule_files: [rules.yml, alerts.yml]
alerting:
  alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:${managers}'] }] }]
  alert_relabel_configs: [{ action: labeldrop, regex: docs }]
scrape_configs:
  - job_name: planted
    static_configs: [{ targets: ['127.0.0.1:${(exporter.address() as AddressInfo).port}'] }]
`,
    );
    start(
      String(alertmanager),
      ...['--config.file=alertmanager.yml', '--storage.path=am', '--cluster.listen-address='],
      `--web.listen-address=127.0.0.1:${managers}`,
    );
    start(
      String(prometheus),
      ...[
        '--config.file=prometheus.yml',
        '--storage.tsdb.path=tsdb',
        `--web.listen-address=127.0.0.1:${own}`,
      ],
    );
  });
  afterAll(async () => {
    for (const child of children) {
      child.kill('SIGTERM');
      await new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(0)));
    }
    exporter?.close();
    await receiver?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(PLANTED)('%s comes to %s, with the way to its runbook', async (alert, owner) => {
    const told = await until(async () =>
      alertsTo(owner, 'firing').find(({ labels }) => labels['alertname'] === alert),
    );
    expect(told?.annotations['runbook_url']).toBe(`https://docs.example/alerts.md#${alert.toLowerCase()}`);
    expect(told?.annotations['todo']).toBeTruthy();
    expect(told?.labels['docs']).toBeUndefined();
    const strangers = alertsTo(owner, 'firing').filter(({ labels }) => labels['owner'] !== owner);
    expect(strangers).toEqual([]);
  });

  it('tell each that it is over, once its cause is gone', async () => {
    sick = false;
    const over = () =>
      (Object.keys(OWNERS) as (keyof typeof OWNERS)[]).flatMap((owner) =>
        alertsTo(owner, 'resolved').map(({ labels }) => labels['alertname'] ?? ''),
      );
    await until(async () => PLANTED.every(([alert]) => over().includes(alert)), 120_000);
    expect([...new Set(over())].toSorted()).toEqual(PLANTED.map(([alert]) => alert).toSorted());
  });
});
