import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { circlesOf, FLOORS, importsOf, sourceFiles, upwardImports, type Import } from './floors.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const files = sourceFiles(ROOT);
const imports = files.flatMap((file) => importsOf(file, readFileSync(path.join(ROOT, file), 'utf8')));

/** What the test says of one more import. */
const withPlanted = (from: string, line: string): Import[] => [...imports, ...importsOf(from, line)];

describe('the floors of the house', () => {
  it('hold every room', () => {
    const rooms = new Set(
      imports.filter(({ from }) => !from.startsWith('bench/')).map(({ fromRoom }) => fromRoom),
    );
    expect([...rooms].filter((room) => !FLOORS.flat().includes(room))).toEqual([]);
    expect(imports.length).toBeGreaterThan(1000);
  });

  it('have no import that runs up', () => {
    expect(upwardImports(imports)).toEqual([]);
  });

  it.each([
    ['src/gate/planted.ts', `import type { GateStatus } from '../http/routes/gate-schema.ts';`],
    ['src/domain/planted.ts', `export { query } from '../database/query.ts';`],
    ['src/access/planted.ts', `import {\n  withTenantLock,\n  type Other,\n} from '../flags/set-state.ts';`],
    ['src/database/planted.ts', `const { list } = await import('../ledger/list-events.ts');`],
    ['src/http/planted.ts', `type Run = typeof import('../cli/program.ts');`],
    ['src/signals/planted.ts', `import { carryOut } from '../gate/carry-out.ts';`],
    ['activities/planted.ts', `import '../src/worker/run-worker.ts';`],
  ])('see that %s would: %s', (from, line) => {
    expect(upwardImports(withPlanted(from, line))).toHaveLength(1);
  });

  it('have no circle of files, types included', () => {
    expect(circlesOf(imports)).toEqual([]);
    const planted = importsOf('src/domain/time.ts', `import type { Planted } from './planted.ts';`);
    const back = importsOf('src/domain/planted.ts', `import { parseTime } from './time.ts';`);
    expect(circlesOf([...imports, ...planted, ...back])).toEqual([
      ['src/domain/planted.ts', 'src/domain/time.ts'],
    ]);
  });

  it('have no file of more than 300 lines', () => {
    const styles = readdirSync(path.join(ROOT, 'src/console/styles')).map(
      (name) => `src/console/styles/${name}`,
    );
    const long = [...files, ...styles].filter(
      (file) => readFileSync(path.join(ROOT, file), 'utf8').split('\n').length > 301,
    );
    expect(long).toEqual([]);
  });
});

describe('the page of the code', () => {
  it('names the rooms in the order of the floors', () => {
    const page = readFileSync(path.join(ROOT, 'docs/code.md'), 'utf8');
    const named = [...page.matchAll(/^\|[^|]*\| `([a-z-]+)` +\|/gm)].map(([, room]) => room);
    expect(named).toEqual(FLOORS.flat());
  });
});
