import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAILURE_MODES } from '../../src/domain/failure-modes.ts';
import { CAUSES } from './alerting/causes.ts';

const alerts = readFileSync('ops/prometheus/alerts.yml', 'utf8');
const rules = readFileSync('ops/prometheus/rules.yml', 'utf8');
const dashboard = readFileSync('ops/grafana/dashboards/catalog-sync.json', 'utf8');
const metrics = readFileSync('src/telemetry/metrics.ts', 'utf8');

describe('alerts', () => {
  it.each(Object.entries(FAILURE_MODES))('name the failure mode %s once, with its risk', (mode, { risk }) => {
    const labels = alerts.match(new RegExp(`labels: \\{.*failure_mode: ${mode} \\}`, 'g')) ?? [];
    expect(labels).toHaveLength(1);
    expect(labels[0]).toContain(`risk: ${risk}`);
  });

  it('name no failure mode that there is not', () => {
    const named = [...alerts.matchAll(/failure_mode: (\w+)/g)].map((match) => match[1] ?? '');
    expect(named.toSorted()).toEqual(Object.keys(FAILURE_MODES).toSorted());
  });
});

describe('runbooks', () => {
  const page = readFileSync('docs/alerts.md', 'utf8');
  const headings = [...page.matchAll(/^## (\w+)$/gm)].map(([, heading]) => heading ?? '');
  const named = [...alerts.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name ?? '');

  it('are there for every alert, and for nothing else', () => {
    expect(headings.toSorted()).toEqual(named.toSorted());
  });

  it('are of alerts that a planted cause drives to a receiver', () => {
    expect(Object.keys(CAUSES).toSorted()).toEqual(named.toSorted());
  });

  it('are where every alert leads', () => {
    const ways = alerts
      .split(/^ +- alert: /m)
      .slice(1)
      .map((rule) => [rule.split('\n')[0], /runbook_url: '(.*)'/.exec(rule)?.[1]]);
    expect(ways).toEqual(
      named.map((name) => [name, `{{ $externalLabels.docs }}/alerts.md#${name.toLowerCase()}`]),
    );
  });

  it('are routed to every owner that a rule names', () => {
    const routes = readFileSync('ops/alertmanager.yml', 'utf8');
    const owners = new Set(
      [...alerts.matchAll(/owner: ([\w ]+?)(?:,| \})/g)].map(([, owner]) => owner ?? ''),
    );
    expect(owners.size).toBe(4);
    for (const owner of owners) expect(routes).toContain(`owner = "${owner}"`);
  });
});

describe('metrics', () => {
  it('that alerts, rules and the dashboard ask for are the ones that are exported', () => {
    const asked = new Set(
      [...`${alerts}${rules}${dashboard}`.matchAll(/\bcatalog_sync_(\w+)/g)].map((match) =>
        match[0].replace(/_bucket$/, ''),
      ),
    );
    const exported = new Set([...metrics.matchAll(/'(catalog_sync_\w+)'/g)].map((match) => match[1]));
    expect(asked.size).toBeGreaterThan(5);
    expect([...asked].filter((metric) => !exported.has(metric))).toEqual([]);
  });

  it('that alerts and the dashboard ask for by a recorded name are recorded', () => {
    const recorded = new Set([...rules.matchAll(/record: (\S+)/g)].map((match) => match[1]));
    const asked = [...`${alerts}${dashboard}`.matchAll(/\bcatalog_sync:[\w:]+/g)].map((match) => match[0]);
    expect(asked.filter((name) => !recorded.has(name))).toEqual([]);
  });
});
