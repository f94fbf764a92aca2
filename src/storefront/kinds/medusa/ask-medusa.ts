import { z } from 'zod';
import { addressBelow } from '../../address.ts';
import type { OpenStorefront } from '../kind.ts';
import type { Allowance } from '../admin/allowance.ts';
import { callAdmin, type AdminAnswer } from '../admin/call-admin.ts';
import { faultOf, notSet } from '../admin/fault-table.ts';
import { inSession, sessionKey, type SignedIn } from '../admin/in-session.ts';
import { MEDUSA_FAULTS } from './medusa-faults.ts';
import type { MedusaConfig } from './medusa-schema.ts';

/** A request below the shop's address; with a body it is a POST. */
export interface Request {
  path: readonly string[];
  query?: readonly (readonly [name: string, value: string])[];
  body?: object;
}

const failed = z.object({
  type: z.string().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
});
const token = z.object({ token: z.string().regex(/^[\x21-\x7e]+$/) });

/**
 * Asks Medusa's Admin API, logged in.
 *
 * @param step what is being done, for the message of a failure
 * @throws StorefrontSilent
 */
export async function askMedusa<Schema extends z.ZodType>(
  { url, config, secret }: OpenStorefront,
  step: string,
  { asked, shape, time }: { asked: Request; shape: Schema; time: Allowance },
): Promise<z.infer<Schema>> {
  const { email } = config as MedusaConfig;
  const base = addressBelow(url);
  if (!base || !secret) throw notSet(`${step}: set \`url\` and \`secret\` of the shop`);
  const call = (what: string, { path, query = [], body }: Request, headers: SignedIn) => {
    const address = addressBelow(url, ...path) ?? base;
    for (const [name, value] of query) address.searchParams.append(name, value);
    const request = { method: body ? ('POST' as const) : ('GET' as const), url: address, headers };
    return callAdmin(what, { ...request, ...(body && { body }) }, time);
  };
  const work = async (signedIn: SignedIn): Promise<z.infer<Schema>> =>
    readAnswer(step, await call(step, asked, signedIn), { shape, secret });
  if (email === undefined) {
    return work({ authorization: `Basic ${Buffer.from(`${secret.toString()}:`).toString('base64')}` });
  }
  const login = async (): Promise<SignedIn> => {
    const body = { email, password: secret.toString() };
    const answer = await call('log in', { path: ['auth', 'user', 'emailpass'], body }, {});
    return { authorization: `Bearer ${readAnswer('log in', answer, { shape: token, secret }).token}` };
  };
  return inSession({ key: sessionKey(base.href, email, secret), time, login }, work);
}

function readAnswer<Schema extends z.ZodType>(
  step: string,
  { status, json, retryAfterMs }: AdminAnswer,
  { shape, secret }: { shape: Schema; secret: Buffer },
): z.infer<Schema> {
  const data = shape.safeParse(json);
  if (status === 200 && data.success) return data.data;
  const { type, message } = failed.safeParse(json).data ?? {};
  throw faultOf(step, MEDUSA_FAULTS, {
    ...{ status, retryAfterMs, secret, code: type },
    message: status === 200 ? 'the answer is none of the Admin API' : message,
  });
}
