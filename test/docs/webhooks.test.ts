import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { proofInWords, replayProtection } from '../../src/schemes/in-words.ts';
import { PRESETS } from '../../src/schemes/presets.ts';
import { readScheme } from '../../src/schemes/read-scheme.ts';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/webhooks.md'), 'utf8');
const files = [...page.matchAll(/^```yaml\n(.*?)^```/gms)].map(([, text]) => String(text));
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));

describe('the page of schemes', () => {
  it('shows files that are read, with all that a scheme may have', () => {
    expect(files.map((text) => readScheme(text).scheme)).toEqual(['hmac', 'hmac', 'basic', 'mtls']);
    const [hmac] = files.map((text) => readScheme(text));
    expect(Object.keys(hmac ?? {}).toSorted()).toEqual([
      ...['algorithm', 'encoding', 'header', 'prefix', 'scheme', 'signs', 'timestamp'],
    ]);
  });

  it.each(Object.entries(PRESETS))('says of %s what the program says', (name, scheme) => {
    const [, , proof, protection] = rows.find(([, first]) => first === name) ?? [];
    expect(protection).toBe(replayProtection(scheme));
    if (name !== 'basic') expect(proof).toBe(proofInWords(scheme));
  });

  it('says of a certificate what the program says', () => {
    const mtls = readScheme(files.at(-1) ?? '');
    expect(page).toContain(replayProtection(mtls));
  });
});
