import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FIRST_ANSWER_MS, LATER_ANSWER_MS } from '../../activities/publish-catalog-item.policy.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { ANSWER_WITHIN_MS, SLOW_MS } from '../../src/storefronts/check/checked-storefront.ts';
import { promisesOf } from '../../src/storefronts/check/promises.ts';

const docs = path.join(projectRoot(), 'docs');
const page = readFileSync(path.join(docs, 'storefront.md'), 'utf8');
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('the page for storefronts', () => {
  it.each(['webhook', 'purge', 'vendure', 'medusa', 'shopify'] as const)(
    'has every promise of a %s, in order, with its reason',
    (kind) => {
      const promises = promisesOf(kind).map(({ name, why }) => [name, why]);
      const first = rows.findIndex(([, name]) => name === promises[0]?.[0]);
      expect(rows.slice(first, first + promises.length).map(([, name, why]) => [name, why])).toEqual(
        promises,
      );
    },
  );

  it('has every receiver, as it is run by a test', () => {
    const files = readdirSync(path.join(docs, 'receivers'));
    expect(files.toSorted()).toEqual(['receive.mjs', 'receive.py']);
    for (const file of files) {
      const [, block = ''] =
        new RegExp(`\\(receivers/${file}\\)[^\\n]*\\n\\n\`\`\`\\w+\\n([^]*?)\`\`\`\\n`).exec(page) ?? [];
      expect([file, block]).toEqual([file, readFileSync(path.join(docs, 'receivers', file), 'utf8')]);
    }
  });

  it('says how long an answer may take, as the check and publishing have it', () => {
    expect([SLOW_MS, ANSWER_WITHIN_MS]).toEqual([FIRST_ANSWER_MS, LATER_ANSWER_MS]);
    expect(page).toContain(
      `${SLOW_MS / 1000} seconds for the first try, ${ANSWER_WITHIN_MS / 1000} for a later one`,
    );
  });
});
