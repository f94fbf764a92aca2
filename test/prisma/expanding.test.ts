import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { releaseNeededBy } from '../../src/database/migration-state.ts';
import { contractions } from './contractions.ts';

const root = projectRoot();
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const release = JSON.parse(read('ops/release.json')) as { version: string; migration: string };
const scripts = readdirSync(path.join(root, 'prisma/migrations'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({ name, text: read(`prisma/migrations/${name}/migration.sql`) }))
  .toSorted((one, other) => (one.name < other.name ? -1 : 1));
const former = scripts.filter(({ name }) => name <= release.migration);

describe('the migrations since the release before', () => {
  it('leave it all that it uses: what takes something away says which release can do without', () => {
    expect(former.at(-1)?.name).toBe(release.migration);
    const later = scripts.filter(({ name }) => name > release.migration);
    const needed = later.flatMap(({ name }) => releaseNeededBy(name) ?? []);
    expect(
      needed.filter((version) => version.localeCompare(release.version, 'en', { numeric: true }) > 0),
    ).toEqual([]);
    expect(
      contractions(
        former,
        later.filter(({ name }) => releaseNeededBy(name) === undefined),
      ),
    ).toEqual([]);
  });

  it.each([
    'DROP TABLE feed',
    'ALTER TABLE feed DROP COLUMN paused, ADD COLUMN ready boolean',
    'ALTER TABLE feed\n  ADD COLUMN "size" BIGINT, ADD COLUMN pace integer NOT NULL',
    'ALTER TABLE feed ALTER COLUMN version TYPE bigint',
    'ALTER TABLE feed ALTER COLUMN next_due_us SET NOT NULL',
    'ALTER TABLE feed RENAME COLUMN paused TO stopped',
    'DROP FUNCTION now_us()',
    'CREATE OR REPLACE FUNCTION zero_missing(p_run_id text, p_limit integer, p_more text DEFAULT NULL) RETURNS void AS $$ $$',
  ])('are told from what would break it: %s', (text) => {
    expect(contractions(former, [{ name: 'planted', text: `-- A comment.\n${text};` }])).toHaveLength(1);
  });

  it.each([
    'CREATE TABLE fresh (id text NOT NULL); ALTER TABLE fresh ALTER COLUMN id SET NOT NULL; DROP TABLE fresh',
    'ALTER TABLE feed ADD COLUMN pace integer NOT NULL DEFAULT 0, DROP CONSTRAINT feed_old, ALTER COLUMN version DROP NOT NULL',
    'CREATE OR REPLACE FUNCTION zero_missing(p_run_id text,\n  p_limit integer) RETURNS void AS $$ BEGIN DROP TABLE feed; END $$',
    'DROP INDEX some_index; DROP FUNCTION of_nobody(text)',
  ])('may expand: %s', (text) => {
    expect(contractions(former, [{ name: 'planted', text }])).toEqual([]);
  });
});

describe('what is told of a release', () => {
  it('names versions that the change log has', () => {
    const log = read('CHANGELOG.md');
    const { version } = JSON.parse(read('package.json')) as { version: string };
    expect(log).toMatch(new RegExp(`^## ${release.version.replaceAll('.', '\\.')} `, 'm'));
    expect(read('ops/helm/Chart.yaml')).toMatch(
      new RegExp(`^appVersion: "?${version.replaceAll('.', '\\.')}"?$`, 'm'),
    );
  });
});
