import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const page = readFileSync(path.join(root, 'docs/tables.md'), 'utf8');

/** The names in the first column of the table with this head, in their order. */
function listed(head: string): string[] {
  const [, rows = ''] = page.split(new RegExp(`^\\| ${head} .*\\n\\|[ -|]*\\n`, 'm'));
  const cells = (rows.split('\n\n')[0] ?? '').split('\n').map((row) => row.split('|')[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''));
}

describe('the page of tables', () => {
  it('lists every table once, and nothing else', () => {
    const schema = readFileSync(path.join(root, 'prisma/schema.prisma'), 'utf8');
    const tables = [...schema.matchAll(/^ {2}@@map\("(\w+)"\)/gm)].map(([, name]) => name ?? '');
    expect(listed('table').toSorted()).toEqual(tables.toSorted());
  });

  it('lists every function once, and nothing else', () => {
    const functions = readdirSync(path.join(root, 'prisma/functions')).map((file) =>
      file.replace('.sql', ''),
    );
    expect(listed('function').toSorted()).toEqual(functions.toSorted());
  });
});
