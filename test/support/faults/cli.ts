import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { textOf } from '../../../src/access/secrets/key-ring.ts';
import { projectRoot } from '../../../src/config/project-root.ts';
import type { FaultProduct } from './product.ts';

export interface CliRun {
  process: ChildProcess;
  /** The values that it has printed, one JSON object a line. */
  values: Record<string, unknown>[];
  stderr(): string;
  /** The most memory that it had, in MiB; read from /proc while it runs, so 0 where there is none. */
  peakMiB(): number;
  ended: Promise<number | null>;
}

/** What a command has to know of the product. */
export type Reached = Pick<FaultProduct, 'databaseUrl' | 'temporalAddress' | 'temporalUiUrl' | 'secretsKeys'>;

/**
 * Runs a command of the product with `--json` in a process of its own.
 *
 * @param root the checkout whose build it is
 */
export function runCli(product: Reached, args: readonly string[], root = projectRoot()): CliRun {
  const child = spawn(process.execPath, [path.join(root, 'dist/src/cli/main.js'), ...args, '--json'], {
    env: {
      ...process.env,
      DATABASE_URL: product.databaseUrl,
      TEMPORAL_ADDRESS: product.temporalAddress,
      TEMPORAL_UI_URL: product.temporalUiUrl,
      SECRETS_KEYS: textOf(product.secretsKeys),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const values: Record<string, unknown>[] = [];
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) values.push(JSON.parse(line) as Record<string, unknown>);
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-20_000);
  });
  let peak = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, residentPeak(child.pid));
  }, 200);
  return {
    process: child,
    values,
    stderr: () => stderr,
    peakMiB: () => peak,
    ended: new Promise((resolve) => {
      child.once('close', (code) => {
        clearInterval(look);
        resolve(code);
      });
    }),
  };
}

function residentPeak(pid: number | undefined): number {
  try {
    const kib = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return Math.round(Number(kib ?? 0) / 1024);
  } catch {
    return 0;
  }
}
