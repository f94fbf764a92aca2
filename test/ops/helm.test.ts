import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readSettings, SETTING_NAMES } from '../../src/config/settings.ts';
import { findHelm, findValidator, lintChart, renderChart, validate } from './helm.ts';
import { compose, read } from './read-compose.ts';

interface Resource {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  spec: {
    replicas?: number;
    template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
  };
}
interface PodSpec {
  containers: [Container];
  volumes: {
    name: string;
    projected?: { sources: { secret: { name: string; items: { path: string }[] } }[] };
  }[];
  terminationGracePeriodSeconds?: number;
  securityContext: Record<string, unknown>;
}
interface Container {
  args?: [string];
  env: { name: string; value?: string; valueFrom?: unknown }[];
  ports?: { name: string; containerPort: number }[];
  securityContext: Record<string, unknown>;
  resources: { limits: { memory: string } };
}

const KUBERNETES = ['1.30', '1.34', '1.37'];
/** Temporal's SDK reads them itself; docs/keys.md. */
const OF_TEMPORAL = /^TEMPORAL_(?:API_KEY|TLS_)/;

const helm = await findHelm();
const schemas = helm === undefined ? undefined : await findValidator();
if (helm === undefined)
  process.stderr.write(
    'skipped: the Helm chart is not rendered, since helm is not here; npm run test:helm builds it\n',
  );
else if (schemas && 'why' in schemas)
  process.stderr.write(
    `skipped: the chart is not held against Kubernetes' schemas, which could not be fetched: ${schemas.why}\n`,
  );

const resources = (values: string, sets?: readonly string[]): Resource[] =>
  parseAllDocuments(renderChart(helm ?? '', values, sets))
    .map((document) => document.toJS() as Resource | null)
    .filter((resource) => resource !== null);
const workloads = (all: Resource[]): Resource[] =>
  all.filter(({ kind }) => ['Job', 'Deployment'].includes(kind));

describe.skipIf(helm === undefined).each(['minimal', 'production'])(
  'the Helm chart with values-%s.yaml',
  (values) => {
    it('is found in order by helm lint', () => {
      expect(lintChart(helm ?? '', values)).toContain('0 chart(s) failed');
    });

    it.skipIf(schemas && 'why' in schemas).each(KUBERNETES)(
      "fits Kubernetes' published schemas: %s",
      (version) => {
        const folder = mkdtempSync(path.join(tmpdir(), 'chart-'));
        try {
          const file = path.join(folder, 'chart.yaml');
          writeFileSync(file, renderChart(helm ?? '', values));
          const said = validate(schemas && 'folder' in schemas ? schemas.folder : '', version, file);
          expect(said).toMatch(/passed for resource deployment\/catalog-sync-worker/);
          expect(said).not.toMatch(/ERROR|WARN/);
        } finally {
          rmSync(folder, { recursive: true });
        }
      },
    );

    it('runs setup before anything else, and confines every container', () => {
      const all = resources(values);
      expect(workloads(all).map(({ kind, metadata }) => [kind, metadata.name])).toEqual([
        ...(values === 'production' ? [['Deployment', 'catalog-sync-operator']] : []),
        ['Deployment', 'catalog-sync-server'],
        ['Deployment', 'catalog-sync-worker'],
        ['Job', 'catalog-sync-setup'],
      ]);
      for (const { kind, metadata, spec } of workloads(all)) {
        expect(metadata.annotations?.['helm.sh/hook']).toBe(
          kind === 'Job' ? 'pre-install,pre-upgrade' : undefined,
        );
        const pod = spec.template.spec;
        const [container] = pod.containers;
        expect(pod.securityContext).toMatchObject({
          runAsNonRoot: true,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(container.resources.limits.memory).toMatch(/^\d+[MG]i$/);
      }
      for (const { metadata } of workloads(all))
        expect(
          all.filter(({ kind }) => kind === 'NetworkPolicy').map((policy) => policy.metadata.name),
        ).toContain(metadata.name);
    });

    it('gives each process settings that it can read, the commands, ports and grace of docker-compose.yml, and secrets as files', () => {
      for (const { spec } of workloads(resources(values))) {
        const pod = spec.template.spec;
        const [{ args, env, ports = [] }] = pod.containers;
        const service = compose.services[args?.[0] ?? 'cli'];
        expect(service?.command).toEqual(args);
        const files = pod.volumes
          .flatMap(({ projected }) => projected?.sources ?? [])
          .flatMap(({ secret }) => secret.items.map(({ path: file }) => `/run/secrets/${file}`));
        for (const { name, value = '' } of env) {
          if (OF_TEMPORAL.test(name)) continue;
          expect(SETTING_NAMES).toContain(name.replace(/_FILE$/, ''));
          if (name.endsWith('_FILE')) expect(files).toContain(value);
          else expect(name).not.toMatch(/PASSWORD|SECRET|DATABASE_URL|TOKEN$/);
        }
        const plain = env.filter(
          ({ name, value }) => value !== undefined && !name.endsWith('_FILE') && !OF_TEMPORAL.test(name),
        );
        const settings = readSettings(Object.fromEntries(plain.map(({ name, value }) => [name, value])));
        for (const { name, containerPort } of ports)
          expect(containerPort).toBe(name === 'http' ? settings.PORT : settings.METRICS_PORT);
        const grace = service?.stop_grace_period;
        if (grace !== undefined)
          expect(pod.terminationGracePeriodSeconds).toBe(
            grace.endsWith('m') ? Number.parseInt(grace, 10) * 60 : Number.parseInt(grace, 10),
          );
      }
    });
  },
);

describe.skipIf(helm === undefined)('the Helm chart', () => {
  it('has budgets where there are several, and scales by the events that wait only when it is asked to', () => {
    const kinds = (values: string) =>
      resources(values).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const several = ['PodDisruptionBudget catalog-sync-server', 'PodDisruptionBudget catalog-sync-worker'];
    const scaler = 'HorizontalPodAutoscaler catalog-sync-worker';
    expect(kinds('production')).toEqual(expect.arrayContaining([...several, scaler]));
    for (const name of [...several, scaler]) expect(kinds('minimal')).not.toContain(name);
    const worker = resources('production').find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name.endsWith('worker'),
    );
    expect(worker?.spec.replicas).toBeUndefined();
  });

  it('says what is missing, and prunes nothing that is not archived', () => {
    expect(() => renderChart(helm ?? '', 'minimal', ['secretsKeys.secret='])).toThrow(
      /secretsKeys\.secret: the Secret with the keys/,
    );
    expect(() => renderChart(helm ?? '', 'minimal', ['temporal.address='])).toThrow(
      /temporal\.address: HOST:PORT/,
    );
    expect(() => renderChart(helm ?? '', 'minimal', ['settings.RETENTION_DAYS=400'])).toThrow(
      /worker\.archives\.claim/,
    );
  });
});

it("the chart's version of the product is package.json's", () => {
  const { appVersion } = parse(read('ops/helm/Chart.yaml')) as { appVersion: string };
  expect(appVersion).toBe((JSON.parse(read('package.json')) as { version: string }).version);
});
