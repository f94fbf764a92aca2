import { secondsInWords } from '../../domain/span.ts';
import type { listSuppliers } from '../../flags/suppliers.ts';
import { proofInWords, replayProtection, schemeInShort } from '../../schemes/in-words.ts';
import { columns, note, print } from '../output.ts';

type Listed = Awaited<ReturnType<typeof listSuppliers>>;

/** The list, and below it what needs more room. */
export function showSuppliers(suppliers: Listed): void {
  if (suppliers.length === 0) return note('There are none; `catalog-sync supplier add` makes one.');
  const rows = suppliers.map((one) => [
    one.tenant,
    one.supplier,
    one.state,
    schemeInShort(one.scheme),
    `${one.clockToleranceSeconds} s`,
    rateText(one.rateLimitPerMinute),
    one.figureExpiresSeconds === null ? 'never' : secondsInWords(one.figureExpiresSeconds),
    String(one.reserve),
    one.skuPattern,
  ]);
  print(columns(HEAD, rows));
  showSchemes(suppliers);
  showIgnored(suppliers);
}

const HEAD = [
  ...['TENANT', 'SUPPLIER', 'STATE', 'SCHEME', 'TOLERANCE', 'RATE', 'EXPIRES', 'RESERVE'],
  'SKU PATTERN',
];

export function rateText(perMinute: number | null): string {
  if (perMinute === null) return 'default';
  return perMinute === 0 ? 'none' : `${perMinute}/min`;
}

function showSchemes(suppliers: Listed): void {
  for (const { tenant, supplier, scheme } of suppliers) {
    if (scheme.scheme === 'standard') continue;
    print('');
    print(`${supplier} of ${tenant}: ${proofInWords(scheme)}`);
    print(`  protection from replay: ${replayProtection(scheme)}`);
  }
}

function showIgnored(suppliers: Listed): void {
  const ignored = suppliers.flatMap((one) =>
    one.ignored.map(({ field, count, lastSeen }) => [
      one.tenant,
      one.supplier,
      JSON.stringify(field),
      String(count),
      lastSeen,
    ]),
  );
  if (ignored.length === 0) return;
  print('');
  print(columns(['TENANT', 'SUPPLIER', 'FIELD NOT READ', 'EVENTS', 'LAST SEEN'], ignored));
}
