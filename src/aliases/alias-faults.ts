import { FACTOR_MAX, codeKey } from '../domain/sku-alias.ts';
import { SKU_BYTES } from '../domain/identity.ts';
import { normalizeSku } from '../domain/normalize.ts';
import { isStorable, printable } from '../domain/safe-text.ts';
import { utf8Length } from '../domain/utf8.ts';

/** An alias as somebody wrote it down. */
export interface WrittenAlias {
  /** A line of a file, or the place in a list, from 1. */
  line: number;
  code: string;
  sku: string;
  /** Empty: 1. */
  factor: string;
}

export interface CheckedAlias {
  codeKey: string;
  code: string;
  /** Normalized. */
  sku: string;
  factor: number;
}

export interface AliasFault {
  line: number;
  fault: string;
}

/** Judges aliases one after the other, and knows those before. */
export function aliasJudge(rule: { skuPattern: string; fitsPattern: (sku: string) => boolean }) {
  const known = new Map<string, CheckedAlias & { line: number }>();
  const faults: AliasFault[] = [];
  return {
    faults,
    /** Without those that are said twice. */
    checked: (): CheckedAlias[] => [...known.values()].map(({ line: _line, ...alias }) => alias),
    add({ line, code, sku: wanted, factor: written }: WrittenAlias): void {
      const sku = normalizeSku(wanted);
      const factor = factorOf(written);
      const found = [
        ...codeFaults(code),
        ...skuFaults(sku, rule),
        ...(factor === undefined ? [factorFault(written)] : []),
      ];
      if (found.length > 0 || factor === undefined) {
        faults.push(...found.map((fault) => ({ line, fault })));
        return;
      }
      const alias = { codeKey: codeKey(code), code: code.trim(), sku, factor, line };
      const before = known.get(alias.codeKey);
      if (!before) known.set(alias.codeKey, alias);
      else if (before.sku !== sku || before.factor !== factor) {
        const meant = `${before.sku} × ${before.factor}`;
        faults.push({ line, fault: `the code ${printable(code)} is ${meant} in line ${before.line}` });
      }
    },
  };
}

function codeFaults(code: string): string[] {
  if (code.trim() === '') return ['the code is missing'];
  if (!isStorable(code)) return ['the code holds characters that cannot be kept'];
  return utf8Length(code) > SKU_BYTES ? [`the code has more than ${SKU_BYTES} bytes`] : [];
}

function skuFaults(sku: string, rule: Parameters<typeof aliasJudge>[0]): string[] {
  if (sku === '') return ['the SKU is missing'];
  if (rule.fitsPattern(sku)) return [];
  return [`the SKU ${printable(sku)} does not match the supplier's rule ${rule.skuPattern}`];
}

/** `12.0` is 12, as spreadsheets have it. Of a part of a piece nothing can be sold, and rounding would be a guess. */
function factorOf(written: string): number | undefined {
  const text = written.trim();
  if (text === '') return 1;
  const factor = /^\d{1,7}(?:\.0+)?$/.test(text) ? Number(text) : 0;
  return factor >= 1 && factor <= FACTOR_MAX ? factor : undefined;
}

function factorFault(written: string): string {
  return `the factor ${printable(written.trim())} is no whole number from 1 to ${FACTOR_MAX}`;
}
