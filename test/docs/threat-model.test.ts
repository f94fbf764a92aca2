import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';

const page = readFileSync(path.join(projectRoot(), 'docs/threat-model.md'), 'utf8');
const [, boundaries = ''] = page.split('## What each boundary refuses');
const rows = (boundaries.split('\n## ')[0] ?? '')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('the threat model', () => {
  it('has a boundary for everything that is worth protecting', () => {
    expect(rows.length).toBeGreaterThan(15);
  });

  it.each(rows)('%s%s is proved by tests that there are', (_before, boundary, refuses, tests = '') => {
    expect(refuses).not.toBe('');
    const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, file]) => String(file));
    expect([boundary, named.length > 0]).toEqual([boundary, true]);
    for (const file of named) {
      expect([file, existsSync(path.join(projectRoot(), file))]).toEqual([file, true]);
      expect(file).toMatch(/^test\/.*\.test\.ts$/);
    }
  });
});
