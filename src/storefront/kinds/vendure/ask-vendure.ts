import { z } from 'zod';
import { addressBelow } from '../../address.ts';
import type { OpenStorefront } from '../kind.ts';
import type { Allowance } from '../admin/allowance.ts';
import { callAdmin, type AdminAnswer } from '../admin/call-admin.ts';
import { AdminFault, notSet, SETTING_WAIT_MS } from '../admin/fault-table.ts';
import { readGraphql, type Query } from '../admin/read-graphql.ts';
import { inSession, sessionKey, type SignedIn } from '../admin/in-session.ts';
import { VENDURE_FAULTS } from './vendure-faults.ts';
import type { VendureConfig } from './vendure-schema.ts';

const TOKEN_HEADER = 'vendure-auth-token';
const API_KEY_HEADER = 'vendure-api-key';
const CHANNEL_HEADER = 'vendure-token';

const LOGIN = `mutation ($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename ... on ErrorResult { errorCode message } }
}`;
const loggedIn = z.object({
  login: z.object({ errorCode: z.string().optional(), message: z.string().optional() }),
});

/**
 * Asks Vendure's Admin API, logged in.
 *
 * @param step what is being done, for the message of a failure
 * @throws StorefrontSilent
 */
export async function askVendure<Schema extends z.ZodType>(
  { url, config, secret }: OpenStorefront,
  step: string,
  { asked, shape, time }: { asked: Query; shape: Schema; time: Allowance },
): Promise<z.infer<Schema>> {
  const { username, path, channel } = config as VendureConfig;
  const address = addressBelow(url, ...path.split('/'));
  if (!address || !secret) throw notSet(`${step}: set \`url\` and \`secret\` of the shop`);
  const post = (what: string, body: Query, headers: SignedIn): Promise<AdminAnswer> =>
    callAdmin(
      what,
      {
        ...{ method: 'POST', url: address, body },
        headers: { ...headers, ...(channel !== undefined && { [CHANNEL_HEADER]: channel }) },
      },
      time,
    );
  const work = async (signedIn: SignedIn): Promise<z.infer<Schema>> =>
    readGraphql(step, await post(step, asked, signedIn), { shape, secret, rules: VENDURE_FAULTS });
  if (username === undefined) return work({ [API_KEY_HEADER]: secret.toString() });
  const login = async (): Promise<SignedIn> => {
    const variables = { username, password: secret.toString() };
    const answer = await post('log in', { query: LOGIN, variables }, {});
    const { errorCode } = readGraphql('log in', answer, {
      ...{ shape: loggedIn, secret, rules: VENDURE_FAULTS },
    }).login;
    if (errorCode !== undefined) {
      throw new AdminFault(`log in: set \`username\` and \`secret\` of an administrator (${errorCode})`, {
        ...{ means: 'signed out', httpStatus: answer.status, retryAfterMs: SETTING_WAIT_MS },
      });
    }
    const token = answer.header(TOKEN_HEADER);
    if (token === undefined) {
      throw notSet(
        `log in: the shop gives no ${TOKEN_HEADER}: add 'bearer' to its authOptions.tokenMethod`,
        answer.status,
      );
    }
    return { authorization: `Bearer ${token}` };
  };
  return inSession({ key: sessionKey(address.href, username, secret), time, login }, work);
}
