import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** What one query asks for. */
interface Asked {
  by: string;
  /** A value is undefined where any will do. */
  metrics: { metric: string; labels: [name: string, value: string | undefined][] }[];
  /** By what it groups, or what it lists: labels of one of the metrics. */
  grouped: string[];
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

/** What dashboards, alerts and rules ask our processes for. */
function askedMetrics(): Asked[] {
  return queries().map(({ by, expr }) => ({
    by,
    metrics: [...expr.matchAll(/\b(catalog_sync[\w:]+)(?:\{([^}]*)\})?/g)].map(
      ([, metric = '', chosen = '']) => ({ metric, labels: chosenLabels(chosen) }),
    ),
    grouped: [...expr.matchAll(/\b(?:by|on) \(([\w, ]+)\)|, (\w+)\)$/g)].flatMap(([, list, variable]) =>
      (list ?? variable ?? '').split(', '),
    ),
  }));
}

type Label = Asked['metrics'][number]['labels'][number];

function chosenLabels(text: string): Label[] {
  return [...text.matchAll(/(\w+)(=~|!=|=)"([^"]*)"/g)].flatMap(([, name = '', how, value = '']) =>
    how === '!=' || value.startsWith('$')
      ? [[name, undefined] satisfies Label]
      : value.split('|').map((one): Label => [name, one]),
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
          Object.fromEntries(Object.entries(sample).filter(([name]) => labels.includes(name))),
        ),
      );
  }
  const missing = askedMetrics().flatMap(({ by, metrics, grouped }) => [
    ...metrics.flatMap(({ metric, labels }) => {
      const found = samples.get(metric);
      if (!found) return [`${by}: ${metric}`];
      return labels
        .filter(([name, value]) =>
          found.every((sample) =>
            value === undefined ? sample[name] === undefined : sample[name] !== value,
          ),
        )
        .map(([name, value]) => `${by}: ${metric}{${name}="${value ?? ''}"}`);
    }),
    ...grouped
      .filter((name) => !metrics.some(({ metric }) => samples.get(metric)?.some((sample) => name in sample)))
      .map((name) => `${by}: no metric has ${name}`),
  ]);
  return [...new Set(missing)];
}
