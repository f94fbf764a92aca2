import { run, type RunOptions } from './run.ts';

/** A Docker engine that answers, and how it is spoken to. */
export interface Docker {
  /** For the table: its version, and whose it is. */
  what: string;
  /** Runs `docker …`. */
  docker(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Runs `docker compose …`, or `docker-compose …` where there is no such plugin. */
  compose(args: readonly string[], options?: RunOptions): Promise<string>;
  /** Stops what was started for it. */
  close(): Promise<void>;
}

/** @throws Error when the engine does not answer, or there is no compose */
export async function speakTo(engine: {
  program: string;
  env: Record<string, string>;
  close?: () => Promise<void>;
}): Promise<Docker> {
  const { program, env, close = async () => undefined } = engine;
  const speak =
    (command: string, before: readonly string[]) =>
    (args: readonly string[], options: RunOptions = {}) =>
      run(command, [...before, ...args], { ...options, env: { ...env, ...options.env } });
  const docker = speak(program, []);
  const version = (await docker(['version', '--format', '{{.Server.Version}}'], { withinMs: 20_000 })).trim();
  const plugin = await docker(['compose', 'version', '--short'], { withinMs: 20_000 }).catch(() => undefined);
  const compose = plugin === undefined ? speak('docker-compose', []) : speak(program, ['compose']);
  const composeVersion = (plugin ?? (await compose(['version', '--short'], { withinMs: 20_000 }))).trim();
  return { what: `Docker ${version}, compose ${composeVersion}`, docker, compose, close };
}
