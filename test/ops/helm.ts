import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { goProgram } from '../deployment/images/go-program.ts';
import { pythonPackages, type Fetched } from '../support/fetched-program.ts';

const VERSION = 'v3.19.2';
const PACKAGE = 'helm.sh/helm/v3/cmd/helm';
/** It brings Kubernetes' published schemas of many versions. */
const VALIDATOR = 'kubernetes-validate==1.37.0';
const CHART = path.join(projectRoot(), 'ops/helm');

/** `helm` of the PATH, or one that was built before; with HELM=build it is built, which takes minutes. */
export async function findHelm(): Promise<string | undefined> {
  try {
    execFileSync('helm', ['version'], { stdio: 'ignore' });
    return 'helm';
  } catch {
    const cache = path.join(cacheDir(), 'deployment');
    const program = { package: PACKAGE, version: VERSION };
    const built = path.join(cache, 'go-bin', `${PACKAGE.replaceAll('/', '_')}@${VERSION}`, 'helm');
    if (existsSync(built)) return built;
    return process.env.HELM === 'build' ? goProgram(cache, program) : undefined;
  }
}

export function findValidator(): Promise<Fetched> {
  return pythonPackages('kubernetes-validate-1.37.0', [VALIDATOR]);
}

/** @throws Error with what it says */
export function lintChart(helm: string, values: string): string {
  return execFileSync(helm, ['lint', CHART, '--strict', '--values', valuesFile(values)], {
    encoding: 'utf8',
  });
}

/** The chart as Kubernetes gets it, in YAML. @throws Error with what helm says */
export function renderChart(helm: string, values: string, sets: readonly string[] = []): string {
  return execFileSync(
    helm,
    [
      ...['template', 'catalog-sync', CHART, '--namespace', 'shops', '--kube-version', '1.34.0'],
      ...['--values', valuesFile(values)],
      ...sets.flatMap((set) => ['--set', set]),
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

/** Holds a file of resources against the schemas of a version of Kubernetes, unknown fields included. */
export function validate(folder: string, version: string, file: string): string {
  return execFileSync(
    'python3',
    [path.join(folder, 'bin/kubernetes-validate'), '--strict', '--kubernetes-version', version, file],
    { encoding: 'utf8', env: { ...process.env, PYTHONPATH: folder }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
}

const valuesFile = (values: string): string => path.join(CHART, `values-${values}.yaml`);
