import { Agent, fetch } from 'undici';
import { z } from 'zod';
import { parseJson } from '../../storefront/parse-json.ts';
import { readLimited } from '../../storefront/read-limited.ts';
import { CommandError } from '../errors.ts';

const TIMEOUT_MS = 15_000;
const ANSWER_BYTES = 256 * 1024;

const receipts = z.object({
  results: z.array(z.object({ eventId: z.string(), workflowId: z.string(), status: z.string() })),
  ignored: z.array(z.string()).optional(),
  warnings: z.array(z.object({ message: z.string() })).optional(),
});

const problem = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string(),
  errors: z
    .array(z.object({ pointer: z.string().optional(), header: z.string().optional(), detail: z.string() }))
    .optional(),
});

export type Receipts = z.output<typeof receipts>;
export type Problem = z.output<typeof problem>;

/** What a server made of a delivery: one of the two, or neither where no catalog-sync answers. */
export interface SentAnswer {
  status: number;
  /** In seconds, where it is to be sent again later. */
  retryAfter: number | undefined;
  receipts: Receipts | undefined;
  problem: Problem | undefined;
}

export interface SentRequest {
  url: URL;
  headers: Record<string, string>;
  body: string;
  /** Names of headers whose values are nobody else's to see. */
  secret: ReadonlySet<string>;
  /** In PEM: what is shown to whoever asks for a client certificate. */
  certificate: { cert: string; key: string } | undefined;
}

/** Sends a body once. @throws CommandError when nobody answers */
export async function postEvent({ url, headers, body, certificate }: SentRequest): Promise<SentAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(certificate && { dispatcher: new Agent({ connect: certificate }) }),
    });
    const answer = parseJson((await readLimited(response.body, ANSWER_BYTES)) ?? '');
    const wait = response.headers.get('retry-after');
    return {
      status: response.status,
      retryAfter: wait !== null && /^\d{1,9}$/.test(wait) ? Number(wait) : undefined,
      receipts: response.status === 202 ? receipts.safeParse(answer).data : undefined,
      problem: problem.safeParse(answer).data,
    };
  } catch (error) {
    const { cause, message } = error as Error;
    const why = cause instanceof Error && cause.message !== '' ? cause.message : message;
    const words = `${url.origin} does not answer (${why}).\nCheck --url, and that the server runs.`;
    throw new CommandError(words, 1, { cause: error });
  }
}
