import { readdirSync } from 'node:fs';
import path from 'node:path';

/**
 * The rooms of the code, from the ground up: a file imports from its own room and from those before it, types
 * included. docs/code.md says what each is for.
 */
export const FLOORS: readonly (readonly string[])[] = [
  ['domain'],
  // Means: how the outside is reached.
  [
    'generated',
    'config',
    'standard-webhooks',
    'sku-rule',
    'process',
    'schemes',
    'telemetry',
    'outgoing',
    'database',
    'storefront',
    'temporal',
  ],
  // Features: what the product does.
  [
    'audit',
    'ledger',
    'retention',
    'access',
    'flags',
    'intake',
    'feed',
    'storefronts',
    'replay',
    'manual',
    'signals',
    'sweep',
    'gate',
    'trace',
    'changes',
    'aliases',
    'notify',
    'offboarding',
  ],
  // An event's way.
  ['activities', 'workflows'],
  // Faces: where people and programs meet it.
  ['http', 'console'],
  // Processes: what runs, and the command line that starts it.
  ['embedded', 'demo-storefront', 'worker', 'start', 'cli'],
];

const ORDER = FLOORS.flat();

export interface Import {
  from: string;
  fromRoom: string;
  to: string;
  toRoom: string;
}

/** Every TypeScript file that people wrote in the product and its benchmark, by its path from the root. */
export function sourceFiles(root: string): string[] {
  return ['src', 'workflows', 'activities', 'bench'].flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => path.posix.join(folder, file.split(path.sep).join('/')))
      .filter((file) => /\.tsx?$/.test(file) && !/(^|\/)(node_modules|generated)\//.test(file)),
  );
}

const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*)'(\.{1,2}\/[^']+)'/g;

/** The relative imports of a file: static, dynamic, of types, and re-exports. */
export function importsOf(from: string, text: string): Import[] {
  return [...text.matchAll(SPECIFIER)].map(([, specifier = '']) => {
    const to = path.posix.join(path.posix.dirname(from), specifier);
    return { from, fromRoom: roomOf(from), to, toRoom: roomOf(to) };
  });
}

/** Imports that go to a higher room, as `from -> to`. The benchmark stands outside the house. */
export function upwardImports(imports: readonly Import[]): string[] {
  return imports
    .filter(({ from }) => !from.startsWith('bench/'))
    .filter(({ fromRoom, toRoom }) => ORDER.indexOf(toRoom) > ORDER.indexOf(fromRoom))
    .map(({ from, to }) => `${from} -> ${to}`);
}

/** The circles of files that import each other, each sorted. */
export function circlesOf(imports: readonly Import[]): string[][] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) targets.set(from, [...(targets.get(from) ?? []), to]);
  const circles: string[][] = [];
  const number = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  // Tarjan's strongly connected components.
  const visit = (file: string): void => {
    number.set(file, number.size);
    lowest.set(file, number.get(file) ?? 0);
    stack.push(file);
    for (const to of targets.get(file) ?? []) {
      if (!number.has(to)) visit(to);
      if (stack.includes(to)) lowest.set(file, Math.min(lowest.get(file) ?? 0, lowest.get(to) ?? 0));
    }
    if (lowest.get(file) !== number.get(file)) return;
    const circle = stack.splice(stack.indexOf(file));
    if (circle.length > 1) circles.push(circle.toSorted());
  };
  for (const file of targets.keys()) if (!number.has(file)) visit(file);
  return circles;
}

function roomOf(file: string): string {
  const [top = '', room = ''] = file.split('/');
  return top === 'src' ? room : top;
}
