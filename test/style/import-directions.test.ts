import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const OXLINT = join(ROOT, 'node_modules/oxlint/bin/oxlint');
const RULE = 'eslint(no-restricted-imports)';

interface Direction {
  from: string;
  forbidden: string[];
  allowed: string[];
}

/** Each line is one file's whole content; the linter looks at the text of the path, not at what is there. */
const DIRECTIONS: Direction[] = [
  {
    from: 'src/domain/planted.ts',
    forbidden: [
      `import { get } from 'node:http';`,
      `import { z } from 'zod';`,
      `import type { Pool } from 'pg';`,
      `import { query } from '../database/query.ts';`,
      `import { query } from './../database/query.ts';`,
      `export { query } from '../database/query.ts';`,
      `import '../database/query.ts';`,
      `export const query = await import('../database/query.ts');`,
    ],
    allowed: [`import { parse } from './time.ts';`],
  },
  {
    from: 'workflows/planted.ts',
    forbidden: [
      `import { save } from '../activities/save.ts';`,
      `import { type Saved, save } from '../activities/save.ts';`,
      `export * from '../activities/save.ts';`,
      `import { probe } from '../activities/save.probe.ts';`,
      `import { get } from 'node:http';`,
      `import type { Client } from '@temporalio/client';`,
      `import { query } from '../src/database/query.ts';`,
      `import { query } from '../src/domain/../database/query.ts';`,
      `import { help } from '../test/help.ts';`,
    ],
    allowed: [
      `import type { save } from '../activities/save.ts';`,
      `import { type Saved } from '../activities/save.ts';`,
      `import { policy } from '../activities/save.policy.ts';`,
      `import { proxyActivities } from '@temporalio/workflow';`,
      `import { ApplicationFailure } from '@temporalio/common';`,
      `import { parse } from '../src/domain/time.ts';`,
      `import { TENANT } from '../src/temporal/search-attribute-keys.ts';`,
      `import { other } from './other.ts';`,
    ],
  },
  {
    from: 'activities/planted.ts',
    forbidden: [
      `import { answer } from '../src/http/answer.ts';`,
      `import { run } from '../workflows/run.ts';`,
      `import { Client } from '@temporalio/client';`,
      `import { Pool } from 'pg';`,
      `import { query } from '../src/domain/../http/answer.ts';`,
      `import { help } from '../test/help.ts';`,
    ],
    allowed: [
      `import { parse } from '../src/domain/time.ts';`,
      `import { query } from '../src/database/query.ts';`,
      `import { save } from '../src/ledger/save.ts';`,
      `import { bust } from '../src/storefront/bust.ts';`,
      `import { createLogger } from '../src/telemetry/logger.ts';`,
      `import { Context } from '@temporalio/activity';`,
      `import { ApplicationFailure } from '@temporalio/common';`,
      `import { createHash } from 'node:crypto';`,
      `import { policy } from './planted.policy.ts';`,
    ],
  },
  {
    from: 'activities/planted.policy.ts',
    forbidden: [
      `import { query } from '../src/database/query.ts';`,
      `import { save } from './save.ts';`,
      `import { hash } from 'node:crypto';`,
    ],
    allowed: [
      `import { policy } from './other.policy.ts';`,
      `import type { RetryPolicy } from '@temporalio/common';`,
      `import { FAILURE_MODES } from '../src/domain/failure-modes.ts';`,
    ],
  },
  {
    from: 'src/console/planted.tsx',
    forbidden: [
      `import { query } from '../database/query.ts';`,
      `import type { Trace } from '../trace/trace.ts';`,
      `import { schema } from '../http/routes/item-schema.ts';`,
      `import { help } from '../../test/help.ts';`,
      `import { get } from 'node:http';`,
      `import { z } from 'zod';`,
    ],
    allowed: [
      `import type { Item } from '../http/routes/item-schema.ts';`,
      `import { parse } from '../domain/time.ts';`,
      `import { page } from './replay/page.tsx';`,
      `import { render } from 'preact';`,
      `import { useState } from 'preact/hooks';`,
      `import uPlot from 'uplot';`,
    ],
  },
  {
    from: 'src/console/pages/planted.tsx',
    forbidden: [
      `import { query } from '../../database/query.ts';`,
      `import { schema } from '../../http/routes/item-schema.ts';`,
      `import { Client } from '@temporalio/client';`,
    ],
    allowed: [
      `import type { Item } from '../../http/routes/item-schema.ts';`,
      `import { parse } from '../../domain/time.ts';`,
      `import { list } from '../replay/list.tsx';`,
    ],
  },
  {
    from: 'src/http/planted.ts',
    forbidden: [
      `import { save } from '../../activities/save.ts';`,
      `import { run } from '../cli/main.ts';`,
      `import { run } from '../demo-storefront/main.ts';`,
      `import { help } from '../../test/help.ts';`,
    ],
    allowed: [
      `import type { save } from '../../activities/save.ts';`,
      `import { policy } from '../../activities/save.policy.ts';`,
      `import { worker } from './worker.ts';`,
      `import { parse } from '../domain/time.ts';`,
    ],
  },
  {
    from: 'src/worker/planted.ts',
    forbidden: [`import { run } from '../cli/main.ts';`, `import { help } from '../../test/help.ts';`],
    allowed: [`import { save } from '../../activities/save.ts';`],
  },
  {
    from: 'test/http/planted.test.ts',
    forbidden: [`import { run } from '../../src/cli/main.ts';`],
    allowed: [`import { save } from '../../activities/save.ts';`, `import { help } from '../help.ts';`],
  },
  {
    from: 'bench/planted.ts',
    forbidden: [`import { run } from '../src/cli/main.ts';`, `import { help } from '../test/help.ts';`],
    allowed: [`import { query } from '../src/database/query.ts';`],
  },
];

const FORBIDDEN = DIRECTIONS.flatMap(({ from, forbidden }) => forbidden.map((line) => ({ from, line })));
const ALLOWED = DIRECTIONS.flatMap(({ from, allowed }) => allowed.map((line) => ({ from, line })));

let folder: string;
/** The rules that oxlint found broken, by the file it found them in. */
const broken = new Map<string, string[]>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-directions-'));
  const config = await readFile(join(ROOT, '.oxlintrc.json'), 'utf8');
  // Every planted file gets a project of its own, so that one run sees them all. Nested configurations may not
  // have `options`.
  const nested = config.replace(/^ {2}"options": .*\n/m, '');
  const planted = [
    ...FORBIDDEN.map((plant, index) => ({ ...plant, project: `forbidden-${index}` })),
    ...ALLOWED.map((plant, index) => ({ ...plant, project: `allowed-${index}` })),
  ];
  for (const { from, line, project } of planted) {
    const file = join(folder, project, from);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${line}\n`);
    await writeFile(join(folder, project, '.oxlintrc.json'), nested);
  }
  const { failed, stdout } = await lint();
  const { diagnostics, number_of_files: seen } = JSON.parse(stdout) as Report;
  if (!failed || seen !== planted.length) throw new Error(`oxlint passed, or saw only ${seen} files`);
  for (const { filename, code } of diagnostics) {
    const file = filename.replaceAll('\\', '/');
    broken.set(file, [...(broken.get(file) ?? []), code]);
  }
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

interface Report {
  diagnostics: { code: string; filename: string }[];
  number_of_files: number;
}

async function lint(): Promise<{ failed: boolean; stdout: string }> {
  const args = [OXLINT, '--format=json', '--allow=no-unused-vars', '.'];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
    return { failed: false, stdout };
  } catch (error) {
    return { failed: true, stdout: (error as { stdout: string }).stdout };
  }
}

describe('imports against the direction fail the linter', () => {
  it.each(FORBIDDEN.map((plant, index) => ({ ...plant, index })))('$from: $line', ({ from, index }) => {
    expect(broken.get(`forbidden-${index}/${from}`)).toEqual([RULE]);
  });
});

describe('imports along the direction pass', () => {
  it.each(ALLOWED.map((plant, index) => ({ ...plant, index })))('$from: $line', ({ from, index }) => {
    expect(broken.get(`allowed-${index}/${from}`)).toBeUndefined();
  });
});
