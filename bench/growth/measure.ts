import type { Parts } from '../parts.ts';
import type { BenchOptions } from '../options.ts';

export interface GrowthOptions extends BenchOptions {
  where: string;
  docs: string;
  say: (line: string) => void;
}

export async function measureGrowth(_parts: Parts, _options: GrowthOptions): Promise<void> {}
