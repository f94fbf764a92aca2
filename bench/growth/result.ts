import type { BenchOptions } from '../options.ts';

export interface GrowthOptions extends BenchOptions {
  /** The command and the machine. */
  where: string;
  /** The folder of performance.md. */
  docs: string;
  say: (line: string) => void;
}

export interface GrowthResult {
  /** Of the section in performance.md. */
  name: string;
  markdown: string;
  /** File name → SVG. */
  plots?: Record<string, string>;
}
