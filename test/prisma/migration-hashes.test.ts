import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { readMigrations } from '../../src/database/migration-state.ts';

/** `sha256sum -c prisma/migrations.sha256` says the same. */
const LIST = path.join(projectRoot(), 'prisma', 'migrations.sha256');

test('no migration is altered, added or taken away without its line in prisma/migrations.sha256', async () => {
  expect(listed(await readFile(LIST, 'utf8'))).toEqual(Object.fromEntries(await readMigrations()));
});

test('a migration without a line, and a line without a migration, would be noticed', async () => {
  const lines = (await readFile(LIST, 'utf8')).trimEnd().split('\n');
  const ours = Object.fromEntries(await readMigrations());
  expect(listed(lines.slice(1).join('\n'))).not.toEqual(ours);
  expect(
    listed([...lines, `${'0'.repeat(64)}  prisma/migrations/29990101000000_x/migration.sql`].join('\n')),
  ).not.toEqual(ours);
  expect(listed(lines.map((line) => `0${line.slice(1)}`).join('\n'))).not.toEqual(ours);
});

function listed(text: string): Record<string, string> {
  const lines = text.trimEnd().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [, hash, name] = /^([0-9a-f]{64}) {2}prisma\/migrations\/(\w+)\/migration\.sql$/.exec(line) ?? [];
      if (hash === undefined || name === undefined) throw new Error(`not a line of sha256sum: ${line}`);
      return [name, hash];
    }),
  );
}
