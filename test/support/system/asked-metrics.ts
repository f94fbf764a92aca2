import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What is asked for of one metric, and by what; a value is undefined where any will do. */
interface Asked {
  by: string;
  metric: string;
  labels: [name: string, value: string | undefined][];
}

interface Panel {
  type: string;
  title: string;
  description?: string;
  panels?: Panel[];
  targets?: { expr: string; legendFormat?: string }[];
}

interface Rules {
  groups: { rules: { alert?: string; record?: string; expr: string }[] }[];
}

const dashboard = (): {
  panels: Panel[];
  templating: { list: { query: { query: string } }[] };
} => JSON.parse(readFileSync('ops/grafana/dashboards/catalog-sync.json', 'utf8'));

export function panelsOf(within: { panels?: Panel[] } = dashboard()): Panel[] {
  return (within.panels ?? []).flatMap((panel) => [panel, ...panelsOf(panel)]);
}

function queries(): { by: string; expr: string }[] {
  const shown = panelsOf().flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({ by: `panel "${title}"`, expr })),
  );
  const chosen = dashboard().templating.list.map(({ query }) => ({ by: 'a variable', expr: query.query }));
  const ruled = ['alerts', 'rules'].flatMap((file) =>
    (parse(readFileSync(`ops/prometheus/${file}.yml`, 'utf8')) as Rules).groups.flatMap(({ rules }) =>
      rules.map(({ alert, record, expr }) => ({ by: alert ?? record ?? '', expr })),
    ),
  );
  return [...shown, ...chosen, ...ruled];
}

/**
 * What dashboards, alerts and rules ask our processes for. A label by which they group, or that a variable lists, is
 * asked of each metric of its query; what a rule has recorded has the labels by which the rule groups.
 */
function askedMetrics(): Asked[] {
  return queries().flatMap(({ by, expr }) => {
    const grouped = [...expr.matchAll(/\b(?:by|on) \(([\w, ]+)\)|, (\w+)\)$/g)]
      .flatMap(([, list, variable]) => (list ?? variable ?? '').split(', '))
      .map((name): [string, undefined] => [name, undefined]);
    return [...expr.matchAll(/\b(catalog_sync[\w:]+)(?:\{([^}]*)\})?/g)].map(
      ([, metric = '', chosen = '']) => ({
        by,
        metric,
        labels: [...grouped, ...chosenLabels(chosen)],
      }),
    );
  });
}

function chosenLabels(text: string): Asked['labels'] {
  return [...text.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].flatMap(([, name = '', how, value = '']) =>
    how === '!=' || value.startsWith('$')
      ? [[name, undefined] satisfies Asked['labels'][number]]
      : value.split('|').map((one): Asked['labels'][number] => [name, one]),
  );
}

/** Of a page of metrics: the labels of each sample, by its name. */
function samplesOf(page: string): Map<string, Record<string, string>[]> {
  const found = new Map<string, Record<string, string>[]>();
  for (const [, name = '', labels = ''] of page.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const sample = Object.fromEntries(
      [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [key, value]),
    );
    found.set(name, [...(found.get(name) ?? []), sample]);
  }
  return found;
}

/** What is asked for and is not on these pages of metrics, a line each. */
export function missingOf(pages: string): string[] {
  const samples = samplesOf(pages);
  for (const { by, expr } of queries()) {
    const labels = /\bby \(([\w, ]+)\)/.exec(expr)?.[1]?.split(', ') ?? [];
    const from = /\b(catalog_sync_\w+)/.exec(expr)?.[1] ?? '';
    if (by.startsWith('catalog_sync:'))
      samples.set(
        by,
        (samples.get(from) ?? []).map((sample) =>
          Object.fromEntries(labels.map((name) => [name, sample[name] ?? ''])),
        ),
      );
  }
  const missing = askedMetrics().flatMap(({ by, metric, labels }) => {
    const found = samples.get(metric);
    if (!found) return [`${by}: ${metric}`];
    return labels
      .filter(
        ([name, value]) =>
          !found.some((sample) => (value === undefined ? sample[name] : sample[name] === value)),
      )
      .map(([name, value]) => `${by}: ${metric}{${name}${value === undefined ? '' : `="${value}"`}}`);
  });
  return [...new Set(missing)];
}
