import { proofInWords, replayProtection } from '../../schemes/in-words.ts';
import type { Scheme } from '../../schemes/scheme.ts';
import { note, print } from '../output.ts';

/** How a scheme proves who sent a delivery, and what keeps it from being sent again. */
export function tellScheme(scheme: Scheme): void {
  print(`scheme: ${proofInWords(scheme)}`);
  print(`protection from replay: ${replayProtection(scheme)}`);
}

/** A secret that was made; empty: none was. */
export function showSecret(secret: string): void {
  if (secret === '') return;
  print(`signing secret: ${secret}`);
  note('Give the secret to the supplier now: it is not shown again.');
}

/** As JSON tells it: a secret only where there is one to be told. */
export function withProtection(supplier: { scheme: Scheme; secret?: string }): object {
  const { secret, ...shown } = supplier;
  return {
    ...shown,
    replayProtection: replayProtection(supplier.scheme),
    ...(secret !== undefined && secret !== '' && { secret }),
  };
}
