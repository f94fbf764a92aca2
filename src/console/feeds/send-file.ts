import { api, queryOf, request } from '../api/request.ts';
import type { FeedRunAsked } from '../api/types.ts';

/** As long as the server may wait for a whole file, in ms. */
const LONGEST_MS = 600_000;
const NAME_CHARACTERS = 200;

/** Hands a file in, its bytes as they are. @returns the id of its run. @throws ApiProblem */
export async function sendFile(tenant: string, feed: string, file: File): Promise<string> {
  const name = file.name.slice(0, NAME_CHARACTERS).toWellFormed();
  const path =
    api`/v1/tenants/${tenant}/feeds/${feed}/files` +
    queryOf({ name, writtenAt: new Date(file.lastModified).toISOString() });
  const { data } = await request<FeedRunAsked>('POST', path, { file, longestMs: LONGEST_MS });
  return data.runId;
}
