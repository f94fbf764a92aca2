import type { AliasFault } from './alias-faults.ts';

/** Nothing was changed; the message says why, and `faults` every place. */
export class AliasRefused extends Error {
  override name = 'AliasRefused';
  readonly faults: readonly AliasFault[];

  constructor(message: string, faults: readonly AliasFault[] = []) {
    super(message);
    this.faults = faults;
  }
}
