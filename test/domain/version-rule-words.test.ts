import { describe, expect, it } from 'vitest';
import { replayOutcomeInWords, versionRuleInWords } from '../../src/domain/version-rule-words.ts';

const REPLAYS = [
  { replayId: 'window', stockRule: null },
  { replayId: 'change', stockRule: 'sum; 2 kept back' },
];

describe('how a version was made', () => {
  it.each([
    ['lower quantity', { rule: 'lower_quantity', stockRule: null, replayId: null }],
    ['by the rule sum', { rule: 'shares', stockRule: 'sum', replayId: null }],
    ['expiry, by the rule sum', { rule: 'expiry', stockRule: 'sum', replayId: null }],
    ['repaired, by the rule sum', { rule: 'repaired', stockRule: 'sum', replayId: 'window' }],
    ['moved to the stock rule sum', { rule: 'repaired', stockRule: 'sum', replayId: 'change' }],
    ['moved to the stock rule sum; 2 kept back', { rule: 'repaired', stockRule: null, replayId: 'change' }],
  ] as const)('%s', (said, version) => {
    expect(versionRuleInWords(version, REPLAYS)).toBe(said);
  });
});

describe('what a replay did to an item', () => {
  it('is no repair where it carried out a change of the stock rule', () => {
    expect(replayOutcomeInWords({ outcome: 'repaired', stockRule: 'sum' })).toBe('moved to the stock rule');
    expect(replayOutcomeInWords({ outcome: 'repaired', stockRule: null })).toBe('repaired');
    expect(replayOutcomeInWords({ outcome: 'would_win', stockRule: 'sum' })).toBe('would win');
  });
});
