import type { RoundRobin } from './round-robin.ts';
import type { Deployment } from './deployment.ts';
import type { Workshop } from './images/base-image.ts';
import type { Provided } from './images/provide-images.ts';
import type { View } from './view.ts';

/** What the steps share. */
export interface World {
  workshop: Workshop;
  deployment: Deployment;
  provided: Provided;
  /** Stands for the proxy before the servers. */
  proxy: RoundRobin;
  view: View;
  /** Of the role viewer. */
  token: string;
  /** The storefront's secret of each tenant. */
  storefrontSecrets: Record<string, string>;
  /** Signing secrets of the suppliers of each tenant. */
  suppliers: Record<string, Record<string, Buffer>>;
  /** Of the feed that is sent while parts are killed. */
  events: number;
  seed: number;
}

/** Runs all the time; what cannot be had is not started. */
export function standingServices({ provided }: Pick<World, 'provided'>): string[] {
  const all = ['postgres', 'temporal', 'worker', 'server', 'prometheus', 'grafana'];
  return all.filter((service) => !provided.missing.includes(service));
}

export async function getJson<T>(url: string, headers: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(20_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${(await answer.text()).slice(0, 200)}`);
  return (await answer.json()) as T;
}
