import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EdiValue } from '../../../src/feed/file/readers/edi-item.ts';
import { isMissing, pythonPackages } from '../../support/fetched-program.ts';
import { readAll } from '../file/read-all.ts';
import { anyEdifact, anyX12, type Written, type WrittenItem } from './any-edi.ts';

const FILES = Number(process.env.EDI_FILES ?? 150);
const run = promisify(execFile);
const python = await pythonPackages('edi-judges', ['pyx12==4.0.0', 'pydifact==0.2.3']);

async function judge(kind: 'x12' | 'edifact', texts: readonly string[]): Promise<WrittenItem[][]> {
  const running = run('python3', [path.join(import.meta.dirname, 'edi-judge.py')], {
    env: { ...process.env, PYTHONPATH: 'folder' in python ? python.folder : '', PYTHONIOENCODING: 'utf-8' },
    maxBuffer: 1 << 28,
  });
  running.child.stdin?.end(JSON.stringify(texts.map((text) => [kind, text])));
  return JSON.parse((await running).stdout) as WrittenItem[][];
}

async function ours(text: string): Promise<WrittenItem[]> {
  const { rows, bad } = await readAll(text, {}, 997);
  expect(bad).toEqual([]);
  return rows.map(({ value }) => {
    const { ids, quantities, dates, location } = value as EdiValue;
    const asWritten = Object.entries(dates).map(([of, date]) => [of, date.replaceAll(/[-:TZ]/g, '')]);
    const figures = Object.entries(quantities).map(([of, quantity]) => [of, String(quantity)]);
    return {
      ids,
      quantities: Object.fromEntries(figures),
      dates: Object.fromEntries(asWritten),
      ...(location !== undefined && { location }),
    };
  });
}

/** As we write what has no seconds. */
function inSeconds({ dates, ...item }: WrittenItem): WrittenItem {
  const whole = Object.entries(dates).map(([of, date]) => [of, date.length === 12 ? `${date}00` : date]);
  return { ...item, dates: Object.fromEntries(whole) };
}

describe.skipIf(isMissing('pyx12 and pydifact', python))('an inventory of random items', () => {
  it.each([
    ['x12', anyX12],
    ['edifact', anyEdifact],
  ] as const)(
    'says in %s what was written, and the same to others',
    async (kind, any) => {
      const seed = Number(process.env.EDI_SEED ?? Math.floor(Math.random() * 1_000_000));
      const files: Written[] = fc.sample(any, { numRuns: FILES, seed });
      const judged = await judge(
        kind,
        files.map(({ text }) => text),
      );
      for (const [no, { text, items }] of files.entries()) {
        const read = { text, seed, items: await ours(text) };
        expect(read).toEqual({ text, seed, items: judged[no]?.map(inSeconds) });
        expect(read).toEqual({ text, seed, items: items.map(inSeconds) });
      }
    },
    120_000,
  );
});
