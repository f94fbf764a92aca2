import type { z } from 'zod';
import { addressBelow } from '../../address.ts';
import type { OpenStorefront } from '../kind.ts';
import type { Allowance } from '../admin/allowance.ts';
import { callAdmin } from '../admin/call-admin.ts';
import { notSet } from '../admin/fault-table.ts';
import { readGraphql, type Query } from '../admin/read-graphql.ts';
import { API_VERSION } from './documents.ts';
import { CALL_FAULTS } from './shopify-faults.ts';
import { throttledForMs } from './throttled-for.ts';

/**
 * Asks Shopify's Admin API.
 *
 * @param step what is being done, for the message of a failure
 * @throws StorefrontSilent
 */
export async function askShopify<Schema extends z.ZodType>(
  { url, secret }: OpenStorefront,
  step: string,
  { asked, shape, time }: { asked: Query; shape: Schema; time: Allowance },
): Promise<z.output<Schema>> {
  const address = addressBelow(url, 'admin', 'api', API_VERSION, 'graphql.json');
  if (!address || !secret) throw notSet(`${step}: set \`url\` and \`secret\` of the shop`);
  const headers = { 'x-shopify-access-token': secret.toString() };
  const answer = await callAdmin(step, { method: 'POST', url: address, headers, body: asked }, time);
  const retryAfterMs = throttledForMs(answer.json) ?? answer.retryAfterMs;
  return readGraphql(step, { ...answer, retryAfterMs }, { shape, secret, rules: CALL_FAULTS });
}
