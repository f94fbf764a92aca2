import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import getPort from 'get-port';
import { until } from './until.ts';

const PROGRAM = '/usr/sbin/varnishd';

/** Whether it is installed, with its module for surrogate keys; says so where it is not. */
export function hasVarnish(): boolean {
  if (existsSync(PROGRAM)) return true;
  process.stderr.write('skipped, since Varnish is not here: apt-get install varnish varnish-modules\n');
  return false;
}

export interface Varnish {
  url: string;
  /** As a crash: what was cached is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** A cache before a shop; it takes PURGE of a page, BAN by a header `x-sku`, and XKEY by surrogate keys. */
export async function startVarnish(shop: { port: number }): Promise<Varnish> {
  const base = await mkdtemp(path.join(os.tmpdir(), 'catalog-sync-varnish-'));
  const port = await getPort({ host: '127.0.0.1' });
  const file = path.join(base, 'shop.vcl');
  await writeFile(file, vcl(shop.port));
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    child = spawn(
      PROGRAM,
      [
        ...['-n', path.join(base, 'work'), '-a', `127.0.0.1:${port}`, '-T', 'none', '-f', file],
        ...['-s', 'malloc,32m', '-j', 'none', '-F'],
      ],
      { stdio: 'ignore' },
    );
    await until(async () => {
      if (child?.exitCode !== null) throw new Error(`varnishd ended with ${child?.exitCode}`);
      return fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      );
    }, 30_000);
  };
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    // Its worker ends with it.
    child.kill('SIGTERM');
    await gone;
  };
  const close = async (): Promise<void> => {
    await kill();
    await rm(base, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, kill, start, close };
}

function vcl(port: number): string {
  return `vcl 4.1;
import xkey;
backend shop { .host = "127.0.0.1"; .port = "${port}"; }
sub vcl_recv {
  if (req.method == "PURGE") { return (purge); }
  if (req.method == "BAN") {
    ban("obj.http.x-sku == " + req.http.x-sku);
    return (synth(200, "banned"));
  }
  if (req.method == "XKEY") {
    set req.http.n = xkey.purge(req.http.xkey-purge);
    return (synth(200, req.http.n));
  }
  return (hash);
}
sub vcl_synth {
  if (req.http.n) { set resp.http.x-purged = req.http.n; }
}
sub vcl_backend_response { set beresp.ttl = 1h; return (deliver); }
`;
}
