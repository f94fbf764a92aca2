import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { docPages, headingsOf, linksOf } from './pages.ts';

const pages = docPages();
const inCheckout = (name: string): string => path.join(projectRoot(), name);

describe('README and docs', () => {
  it.each(pages)('$file links only what is there', (page) => {
    const dead = linksOf(page).filter(({ to, heading }) => {
      if (!existsSync(inCheckout(to))) return true;
      return heading !== undefined && !headingsOf(readFileSync(inCheckout(to), 'utf8')).includes(heading);
    });
    expect(dead).toEqual([]);
  });

  it.each(pages)('$file names only files that are there', ({ text }) => {
    const named = [
      ...text.matchAll(/\b(?:activities|bench|docs|ops|prisma|src|test|workflows)\/[\w./*-]*\w/g),
    ];
    const missing = named.map(([name]) => name).filter((name) => !isThere(name));
    expect(missing).toEqual([]);
  });

  it.each(['screenshots', 'plots'])('link each of docs/%s', (folder) => {
    const linked = new Set(pages.flatMap(linksOf).map(({ to }) => to));
    const kept = readdirSync(inCheckout(`docs/${folder}`)).map((name) => `docs/${folder}/${name}`);
    expect(kept.filter((file) => !linked.has(file))).toEqual([]);
  });
});

const KEPT = ['activities', 'bench', 'docs', 'ops', 'prisma', 'src', 'test', 'workflows'].flatMap((top) => [
  top,
  ...readdirSync(inCheckout(top), { recursive: true, encoding: 'utf8' })
    .filter((name) => !name.includes('node_modules'))
    .map((name) => path.posix.join(top, name.split(path.sep).join('/'))),
]);

/** `*` and NAME stand for what they fit; the name of a test, without its ending, for what it begins. */
function isThere(name: string): boolean {
  const form = name.replaceAll('.', '\\.').replaceAll(/\*|NAME/g, '[^/]*');
  return KEPT.some((file) => new RegExp(`^${form}`).test(file));
}
