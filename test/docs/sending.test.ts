import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/config/project-root.ts';
import { FATES } from '../../src/domain/fate.ts';
import { DELIVERY_PROBLEMS } from '../../src/http/delivery-problems.ts';
import { PROBLEMS } from '../../src/http/problems.ts';

const docs = path.join(projectRoot(), 'docs');
const page = readFileSync(path.join(docs, 'sending.md'), 'utf8');

/** The cells of the table below a heading, without its head. */
function rowsAfter(heading: string): string[][] {
  const [, below = ''] = page.split(`## ${heading}\n`);
  return (/(?:^\|.*\n)+/m.exec(below)?.[0] ?? '')
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((row) => row.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()));
}

describe('the page for senders', () => {
  it('says of each answer what it means, as the table of errors has it', () => {
    const [taken, ...refused] = rowsAfter('What each answer means');
    expect(taken?.[0]).toBe('202');
    expect(refused).toEqual(
      DELIVERY_PROBLEMS.map((code) => {
        const { status, title, todo } = PROBLEMS[code];
        return [String(status), `\`${code}\``, title, todo];
      }),
    );
  });

  it('says of each fate what it means', () => {
    const named = new Set([...page.matchAll(/^\| `(\w+)` +\| [a-z]/gm)].map(([, name]) => name));
    expect(FATES.filter((fate) => !named.has(fate))).toEqual([]);
  });

  it('has every sender, as it is run by a test', () => {
    const files = readdirSync(path.join(docs, 'senders'));
    expect(files.toSorted()).toEqual(['send.go', 'send.mjs', 'send.php', 'send.py', 'send.sh']);
    for (const file of files) {
      const [, block = ''] =
        new RegExp(`\\(senders/${file}\\)[^\\n]*\\n\\n\`\`\`\\w+\\n([^]*?)\`\`\`\\n`).exec(page) ?? [];
      expect([file, block]).toEqual([file, readFileSync(path.join(docs, 'senders', file), 'utf8')]);
    }
  });
});
