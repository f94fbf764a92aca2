import { cpSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectRoot } from '../../src/config/project-root.ts';
import type { Docker } from './engine/docker.ts';
import { run, type RunOptions } from './engine/run.ts';
import { freePorts } from './free-ports.ts';

/** All projects of this test; what a killed run left is found by it. */
export const PROJECT = 'catalog-sync-deployment';
export const SCALED = ['--scale', 'worker=3', '--scale', 'server=2'];
export const SINGLE = ['--scale', 'worker=1', '--scale', 'server=1'];

export interface Container {
  id: string;
  service: string;
  /** Of its first process, as the host sees it; 0 while it does not run. */
  pid: number;
  running: boolean;
  /** As its health check says; undefined where it has none. */
  health: string | undefined;
  exitCode: number;
  restarts: number;
  image: string;
  startedAt: Date;
  finishedAt: Date;
  /** In the network `inner`. */
  address: string;
}

/** A copy of docker-compose.yml and ops/ with secrets of its own, as somebody has it who deploys. */
export interface Deployment {
  engine: Docker;
  ports: { servers: [number, number]; storefront: number; prometheus: number; ui: number };
  /** Sets variables of its `.env` beside those that are set. */
  configure(settings: Record<string, string>): void;
  compose(args: readonly string[], options?: RunOptions): Promise<string>;
  /** A command of the product in a container, with `--json`. @returns its first value */
  cli(...args: string[]): Promise<Record<string, unknown>>;
  /** Of a service, or of all; those that have ended, too. */
  containers(service?: string): Promise<Container[]>;
  secret(name: string): string;
  /** Waits until services run and are healthy. @throws Error that says which is not */
  healthy(services: readonly string[], withinMs: number): Promise<void>;
  /** Containers, networks, volumes and the folder. */
  remove(): Promise<void>;
}

export async function deploy(engine: Docker, cache: string, signal: AbortSignal): Promise<Deployment> {
  await removeProject(engine);
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, 'place-'));
  copyFileSync(path.join(projectRoot(), 'docker-compose.yml'), path.join(folder, 'docker-compose.yml'));
  cpSync(path.join(projectRoot(), 'ops'), path.join(folder, 'ops'), { recursive: true });
  await run('sh', ['ops/make-secrets.sh'], { cwd: folder, withinMs: 20_000 });
  const [first, second, storefront, prometheus, ui] = await freePorts();
  const ports: Deployment['ports'] = { servers: [first, second], storefront, prometheus, ui };
  const settings: Record<string, string> = {};
  const inPlace = { cwd: folder, signal };
  const compose: Deployment['compose'] = (args, options) =>
    engine.compose(['--project-name', PROJECT, ...args], { ...inPlace, ...options });

  const deployment: Deployment = {
    engine,
    ports,
    configure(more) {
      Object.assign(settings, more);
      const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
      writeFileSync(path.join(folder, '.env'), `${lines.join('\n')}\n`);
    },
    compose,
    async cli(...args) {
      const said = await compose(['run', '--rm', '--no-deps', '-T', 'cli', ...args, '--json'], {
        withinMs: 120_000,
      });
      const line = said.split('\n').find((one) => one.startsWith('{') || one.startsWith('['));
      if (line === undefined) throw new Error(`${args.join(' ')} printed no JSON: ${said}`);
      return JSON.parse(line) as Record<string, unknown>;
    },
    containers: (service) => containersOf(engine, service),
    secret: (name) => readFileSync(path.join(folder, 'secrets', name), 'utf8').trim(),
    async healthy(services, withinMs) {
      const end = Date.now() + withinMs;
      for (;;) {
        const found = await containersOf(engine);
        const unwell = services.filter((service) => {
          const own = found.filter((one) => one.service === service);
          return (
            own.length === 0 ||
            own.some(({ running, health }) => !running || (health ?? 'healthy') !== 'healthy')
          );
        });
        if (unwell.length === 0) return;
        if (Date.now() > end) {
          const logs = await compose(['logs', '--no-color', '--tail', '8', ...unwell], { withinMs: 30_000 });
          throw new Error(`not healthy within ${withinMs / 1_000} s: ${unwell.join(', ')}\n${logs}`);
        }
        await sleep(500, undefined, { signal });
      }
    },
    async remove() {
      await removeProject(engine);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  deployment.configure({
    SERVER_PORTS: `${first}-${second}`,
    DEMO_STOREFRONT_PORT: String(storefront),
    PROMETHEUS_PORT: String(prometheus),
  });
  return deployment;
}

async function removeProject({ docker }: Docker): Promise<void> {
  const filter = ['--filter', `label=com.docker.compose.project=${PROJECT}`, '--quiet'];
  const ids = async (args: string[]): Promise<string[]> =>
    (await docker([...args, ...filter])).split('\n').filter(Boolean);
  const containers = await ids(['ps', '--all']);
  if (containers.length > 0) await docker(['rm', '--force', '--volumes', ...containers]);
  const networks = await ids(['network', 'ls']);
  if (networks.length > 0) await docker(['network', 'rm', ...networks]);
  const volumes = await ids(['volume', 'ls']);
  if (volumes.length > 0) await docker(['volume', 'rm', ...volumes]);
}

interface Inspected {
  Id: string;
  Image: string;
  RestartCount: number;
  Config: { Labels: Record<string, string> };
  State: {
    Pid: number;
    Running: boolean;
    ExitCode: number;
    StartedAt: string;
    FinishedAt: string;
    Health?: { Status: string };
  };
  NetworkSettings: { Networks: Record<string, { IPAddress: string }> };
}

async function containersOf({ docker }: Docker, service?: string): Promise<Container[]> {
  const filter = ['--filter', `label=com.docker.compose.project=${PROJECT}`];
  if (service !== undefined) filter.push('--filter', `label=com.docker.compose.service=${service}`);
  const ids = (await docker(['ps', '--all', '--quiet', ...filter])).split('\n').filter(Boolean);
  if (ids.length === 0) return [];
  const inspected = JSON.parse(await docker(['inspect', ...ids])) as Inspected[];
  return inspected
    .filter(({ Config: { Labels: labels } }) => labels['com.docker.compose.oneoff'] !== 'True')
    .map((one) => ({
      id: one.Id,
      service: one.Config.Labels['com.docker.compose.service'] ?? '',
      pid: one.State.Pid,
      running: one.State.Running,
      health: one.State.Health?.Status,
      exitCode: one.State.ExitCode,
      restarts: one.RestartCount,
      image: one.Image,
      startedAt: new Date(one.State.StartedAt),
      finishedAt: new Date(one.State.FinishedAt),
      address: one.NetworkSettings.Networks[`${PROJECT}_inner`]?.IPAddress ?? '',
    }));
}
