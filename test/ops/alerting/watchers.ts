import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  openSync,
  closeSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { projectRoot } from '../../../src/config/project-root.ts';
import { debianPackages, isMissing } from '../../support/fetched-program.ts';
import { until } from '../../support/until.ts';

export interface Programs {
  prometheus: string;
  promtool: string;
  alertmanager: string;
  /** Where both were unpacked, if they are not the machine's own. */
  unpacked?: string;
}

/** Where Debian's Alertmanager looks for its templates. */
const TEMPLATES = '/usr/share/prometheus/alertmanager';
const READY_WITHIN_MS = 30_000;

/** Prometheus and Alertmanager of the PATH, or Debian's; says so where neither is to be had. */
export async function findPrograms(): Promise<Programs | undefined> {
  const [prometheus, promtool] = [found('prometheus'), found('promtool')];
  const alertmanager = found('prometheus-alertmanager', 'alertmanager');
  if (prometheus !== undefined && promtool !== undefined && alertmanager !== undefined)
    return { prometheus, promtool, alertmanager };
  const fetched = await debianPackages('prometheus-and-alertmanager', [
    'prometheus',
    'prometheus-alertmanager',
  ]);
  if (isMissing('Prometheus and Alertmanager', fetched)) return undefined;
  const bin = path.join(fetched.folder, 'usr/bin');
  return {
    prometheus: path.join(bin, 'prometheus'),
    promtool: path.join(bin, 'promtool'),
    alertmanager: path.join(bin, 'prometheus-alertmanager'),
    unpacked: fetched.folder,
  };
}

function found(...names: string[]): string | undefined {
  return names.find((name) => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0);
}

export interface Watched {
  worker: { port: number };
  server: { port: number };
}

/**
 * Both by the settings of ops/, for which a minute is a second here. What is scraped, where they are, and what the
 * receivers are, is another's besides.
 *
 * @param receiver of all owners, each by a path of its own
 */
export async function watch(
  programs: Programs,
  { worker, server }: Watched,
  receiver: { url: string },
): Promise<{ close(): Promise<void> }> {
  const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-alerts-'));
  const [own, manager] = [await getPort({ host: '127.0.0.1' }), await getPort({ host: '127.0.0.1' })];
  const write = (file: string, text: string): void => writeFileSync(path.join(folder, file), text);
  for (const file of ['rules.yml', 'alerts.yml']) write(file, quicker(ops(`prometheus/${file}`)));
  const settings = ops('prometheus/prometheus.yml');
  const job = (name: string, port: number): string =>
    `  - job_name: ${name}\n    static_configs: [{ targets: ['127.0.0.1:${port}'] }]\n`;
  write(
    'prometheus.yml',
    settings
      .slice(0, settings.indexOf('scrape_configs:'))
      .replaceAll(/(scrape|evaluation)_interval: \w+/g, '$1_interval: 1s')
      .replace('alertmanager:9093', `127.0.0.1:${manager}`) +
      `scrape_configs:\n${job('catalog-sync-worker', worker.port)}${job('catalog-sync-server', server.port)}`,
  );
  write(
    'alertmanager.yml',
    ops('alertmanager.yml')
      .replaceAll(
        /url_file: \/run\/secrets\/alerts_(\w+)/g,
        (_all, owner: string) => `url: ${receiver.url}/${owner}`,
      )
      .replaceAll(/group_(wait|interval): \w+/g, 'group_$1: 1s'),
  );
  const children: ChildProcess[] = [];
  const start = (command: string, ...args: string[]): void => {
    const log = openSync(path.join(folder, LOG), 'a');
    children.push(spawn(command, args, { cwd: folder, stdio: ['ignore', log, log] }));
    closeSync(log);
  };
  const close = async (): Promise<void> => {
    for (const child of children) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode !== null || !child.kill('SIGTERM')) continue;
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await gone;
      clearTimeout(late);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  start(
    alertmanagerIn(folder, programs),
    ...['--config.file=alertmanager.yml', '--storage.path=am', '--cluster.listen-address='],
    `--web.listen-address=127.0.0.1:${manager}`,
  );
  start(
    programs.prometheus,
    ...['--config.file=prometheus.yml', '--storage.tsdb.path=tsdb', `--web.listen-address=127.0.0.1:${own}`],
  );
  try {
    for (const port of [manager, own])
      await until(() => isReady(port), READY_WITHIN_MS).catch((error: unknown) => {
        throw new Error(readFileSync(path.join(folder, LOG), 'utf8').slice(-2_000), { cause: error });
      });
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

const LOG = 'log';

const isReady = async (port: number): Promise<true | undefined> =>
  fetch(`http://127.0.0.1:${port}/-/ready`, { signal: AbortSignal.timeout(1_000) }).then(
    ({ ok }) => ok || undefined,
    () => undefined,
  );

/**
 * Alertmanager as it starts in a folder. Debian's has the place of its templates built in, so what was only unpacked gets
 * one of the same length, relative to the folder that it starts in.
 */
function alertmanagerIn(folder: string, { alertmanager, unpacked }: Programs): string {
  if (unpacked === undefined || existsSync(TEMPLATES)) return alertmanager;
  const program = readFileSync(alertmanager);
  const here = Buffer.from(`${TEMPLATES.slice(1)}/`);
  for (let at = program.indexOf(TEMPLATES); at !== -1; at = program.indexOf(TEMPLATES, at))
    here.copy(program, at);
  symlinkSync(path.join(unpacked, 'usr'), path.join(folder, 'usr'));
  const changed = path.join(folder, 'alertmanager');
  writeFileSync(changed, program, { mode: 0o755 });
  return changed;
}

const ops = (file: string): string => readFileSync(path.join(projectRoot(), 'ops', file), 'utf8');

/** Every span of the rules, such as `for: 2m`, `[15m]` and `offset 15m`, a sixtieth of it. */
function quicker(rules: string): string {
  return rules.replaceAll(
    /(for: |\[|offset )(\d+)([mh])\b/g,
    (_all, before: string, count: string, unit: string) =>
      unit === 'm' ? `${before}${count}s` : `${before}${count}m`,
  );
}
