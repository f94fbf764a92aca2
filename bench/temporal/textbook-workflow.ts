import { proxyActivities } from '@temporalio/workflow';
import type { Item, PeerEvent } from '../subjects/steps.ts';

interface Activities {
  normalize(event: PeerEvent): Promise<Item>;
  save(event: PeerEvent, item: Item): Promise<number | null>;
  publish(event: PeerEvent, item: Item, version: number): Promise<string>;
}

const { normalize, save, publish } = proxyActivities<Activities>({ startToCloseTimeout: '1 minute' });

/** As the samples write it: three ordinary activities in a row. */
export async function textbook(event: PeerEvent): Promise<string> {
  const item = await normalize(event);
  const version = await save(event, item);
  return version === null ? 'superseded' : publish(event, item, version);
}
