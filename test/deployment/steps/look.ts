import { until } from '../../support/until.ts';
import { SAMPLE_TENANT } from './sample.ts';
import { getJson, type World } from '../world.ts';

const UI_NAME = 'catalog-sync-deployment-ui';
const LOOK_MS = 90_000;

/** The console's page with all that it loads, and the API behind it, which knows who asks. */
export async function lookAtConsole({ view, token }: World): Promise<string> {
  const page = await fetch(view.apiUrl);
  const html = await page.text();
  const loaded = [...html.matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, file]) => file);
  if (!page.ok || loaded.length === 0) throw new Error(`${page.status}, and a page that loads nothing`);
  for (const file of loaded) {
    const answer = await fetch(`${view.apiUrl}${file}`);
    if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
  }
  const anonymous = await fetch(`${view.apiUrl}/v1/tenants`);
  if (anonymous.status !== 401) throw new Error(`/v1/tenants answers ${anonymous.status} to nobody`);
  await getJson(`${view.apiUrl}/v1/tenants`, { authorization: `Bearer ${token}` });
  return `its page and ${loaded.length} files; 401 without a token`;
}

/** As docs/running.md says: for a look, and gone afterwards. */
export async function lookAtWebUi({ deployment, provided }: World): Promise<string> {
  if (provided.missing.includes('temporal-ui')) return 'could not: no image';
  const { ports, engine, compose } = deployment;
  await compose([
    ...['run', '--detach', '--rm', '--no-deps', '--name', UI_NAME],
    ...['--publish', `127.0.0.1:${ports.ui}:8080`, 'temporal-ui'],
  ]);
  try {
    const url = `http://127.0.0.1:${ports.ui}`;
    const listed = await until(
      () =>
        getJson<{ executions?: unknown[] }>(`${url}/api/v1/namespaces/catalog-sync/workflows?pageSize=50`),
      LOOK_MS,
      500,
    );
    const page = await (await fetch(`${url}/namespaces/catalog-sync/workflows`)).text();
    if (!page.includes('<html')) throw new Error('its page is none');
    const count = listed.executions?.length ?? 0;
    if (count === 0) throw new Error('it shows no workflow');
    return `its page, and ${count} workflows of the namespace`;
  } finally {
    await engine.docker(['rm', '--force', UI_NAME]).catch(() => undefined);
  }
}

interface Target {
  labels: { job: string };
  health: string;
  lastError: string;
}
interface RuleGroup {
  rules: { name: string; type: string; health: string; lastError?: string }[];
}

/** Every container is scraped, with the metrics' token, and every rule can be evaluated. */
export async function lookAtPrometheus(
  { deployment, provided }: Pick<World, 'deployment' | 'provided'>,
  scaled: { workers: number; servers: number },
): Promise<string> {
  if (provided.missing.includes('prometheus')) return 'could not: no image';
  const url = `http://127.0.0.1:${deployment.ports.prometheus}/api/v1`;
  const wanted = {
    'catalog-sync-worker': scaled.workers,
    'catalog-sync-server': scaled.servers,
    temporal: 1,
  };
  await until(
    async () => {
      const { data } = await getJson<{ data: { activeTargets: Target[] } }>(`${url}/targets?state=active`);
      const up = data.activeTargets.filter(({ health }) => health === 'up');
      const counts = Object.keys(wanted).map((job) => [
        job,
        up.filter(({ labels }) => labels.job === job).length,
      ]);
      const shown = JSON.stringify(Object.fromEntries(counts));
      if (shown === JSON.stringify(wanted)) return true;
      throw new Error(
        `up are ${shown}; ${data.activeTargets
          .map(({ lastError }) => lastError)
          .filter(Boolean)
          .join('; ')}`,
      );
    },
    LOOK_MS,
    1_000,
  );
  const rules = await until(
    async () => {
      const { data } = await getJson<{ data: { groups: RuleGroup[] } }>(`${url}/rules`);
      const all = data.groups.flatMap((group) => group.rules);
      const unwell = all.filter(({ health }) => health !== 'ok');
      if (all.length > 0 && unwell.length === 0) return all;
      throw new Error(
        `rules: ${unwell.map(({ name, health, lastError }) => `${name} ${health} ${lastError ?? ''}`).join('; ')}`,
      );
    },
    LOOK_MS,
    1_000,
  );
  const metric = encodeURIComponent(`sum(catalog_sync_events_received_total{tenant="${SAMPLE_TENANT}"})`);
  const { data } = await until(
    async () => {
      const answer = await getJson<{ data: { result: { value: [number, string] }[] } }>(
        `${url}/query?query=${metric}`,
      );
      return answer.data.result.length > 0 && answer;
    },
    LOOK_MS,
    1_000,
  );
  const alerts = rules.filter(({ type }) => type === 'alerting').length;
  const targets = Object.values(wanted).reduce((sum, count) => sum + count, 0);
  return `${targets} targets up, ${alerts} alerts and ${rules.length - alerts} other rules loaded and evaluated; ${data.result[0]?.value[1]} events received`;
}
