import { runCli } from '../support/faults/cli.ts';
import type { Soak } from './soak.ts';

export const COMMAND_MS = 60_000;

/** Runs a command of the product, and ends it when it takes too long. */
export async function command(
  { product }: Pick<Soak, 'product'>,
  args: readonly string[],
  withinMs = COMMAND_MS,
): Promise<{ values: Record<string, unknown>[]; code: number | null; stderr: string }> {
  const run = runCli(product, args);
  const late = setTimeout(() => run.process.kill('SIGKILL'), withinMs);
  const code = await run.ended;
  clearTimeout(late);
  return { values: run.values, code, stderr: run.stderr() };
}
