import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Soak } from './soak.ts';

const EVERY_MS = 2_000;
const MIB = 1_024;

/** Of one kind, over the time. */
export interface Series {
  name: string;
  points: { atMs: number; value: number }[];
}

/** Memory and files of the server and the worker that live all the time, and connections to PostgreSQL. */
export async function watch(soak: Soak): Promise<Series[]> {
  const { product, over } = soak;
  const series = new Map<string, Series>();
  const add = (name: string, value: number | undefined): void => {
    if (value === undefined) return;
    const one = series.get(name) ?? { name, points: [] };
    series.set(name, one);
    one.points.push({ atMs: Date.now(), value });
  };
  while (!over.aborted) {
    for (const { part } of [...product.servers.slice(0, 1), ...product.workers.slice(0, 1)]) {
      add(`${part.name}: memory, MiB`, residentMiB(part.pid()));
      add(`${part.name}: open files`, openFiles(part.pid()));
    }
    add('PostgreSQL: connections', await connections(soak));
    await sleep(EVERY_MS, undefined, { signal: over }).catch(() => {});
  }
  return [...series.values()];
}

/** Undefined while PostgreSQL is away. */
async function connections({ product }: Soak): Promise<number | undefined> {
  try {
    const [row] = await product.sql<{ count: string }>(
      `SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'`,
    );
    return Number(row?.count);
  } catch {
    return undefined;
  }
}

function residentMiB(pid: number): number | undefined {
  try {
    const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? undefined : Number(kib) / MIB;
  } catch {
    return undefined;
  }
}

function openFiles(pid: number): number | undefined {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return undefined;
  }
}

export interface Growth {
  name: string;
  first: number;
  last: number;
  most: number;
  /** A minute, by the line that lies closest to the second half's samples. */
  slope: number;
}

/** How a series went in its second half: the medians of its first and last third, and the slope between. */
export function growthOf({ name, points }: Series): Growth {
  const half = points.slice(Math.floor(points.length / 2));
  const third = Math.max(1, Math.floor(half.length / 3));
  return {
    name,
    first: middle(half.slice(0, third)),
    last: middle(half.slice(-third)),
    most: Math.max(...points.map(({ value }) => value)),
    slope: slopeOf(half),
  };
}

function middle(points: Series['points']): number {
  const sorted = points.map(({ value }) => value).toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function slopeOf(points: Series['points']): number {
  const mean = (of: (point: Series['points'][number]) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const minute = ({ atMs }: { atMs: number }): number => (atMs - (points[0]?.atMs ?? 0)) / 60_000;
  const [x, y] = [mean(minute), mean(({ value }) => value)];
  const above = mean((point) => (minute(point) - x) * (point.value - y));
  return above / mean((point) => (minute(point) - x) ** 2);
}
