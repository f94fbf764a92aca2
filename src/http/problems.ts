import { z } from 'zod';

/**
 * Every error that the HTTP API answers with. The codes are stable: a client may rely on them, and docs/errors.md
 * lists the same ones. `todo` tells the caller what to do.
 */
export const PROBLEMS = {
  malformed_request: {
    status: 400,
    title: 'The request is not HTTP that this server reads',
    todo: 'Send one of Content-Length and Transfer-Encoding, not both, and a path that is percent-encoded UTF-8.',
  },
  repeated_header: {
    status: 400,
    title: 'A header that may stand once was sent twice',
    todo: 'Send it once; look for a proxy on the way that adds it again. Nothing was made of the request.',
  },
  invalid_json: {
    status: 400,
    title: 'The body is not JSON',
    todo: 'Send UTF-8, no key twice, no `__proto__`, at most 32 levels and 64 keys an object.',
  },
  cursor_refused: {
    status: 400,
    title: 'The cursor is none of this tenant',
    todo: "Send back what an answer of the same tenant's change feed gave, unaltered.",
  },
  not_signed: {
    status: 401,
    title: 'The request is not signed by this supplier',
    todo: 'Check tenant, supplier and secret; sign the very bytes that you send, as the scheme says: Standard Webhooks, if none was agreed.',
  },
  token_missing: {
    status: 401,
    title: 'A valid bearer token is needed',
    todo: 'Send `Authorization: Bearer TOKEN`; an admin makes one with `catalog-sync token add`. In the console, sign in.',
  },
  token_expired: {
    status: 401,
    title: 'The token has ended',
    todo: 'An admin makes another with `catalog-sync token add`, or gives it a new secret with `catalog-sync token rotate ID`.',
  },
  sign_in_refused: {
    status: 401,
    title: 'This signs nobody in',
    todo: 'A link is good once, for 15 minutes: `catalog-sync console` prints a new one. A token may have been revoked.',
  },
  csrf_refused: {
    status: 403,
    title: 'The change does not come from a page of the console',
    todo: 'Load the page anew. A program uses a bearer token, or sends `x-csrf-token` as `GET /session` gives it.',
  },
  role_too_weak: {
    status: 403,
    title: "The token's role may not do this",
    todo: 'Use a token with the role that the answer names.',
  },
  not_found: {
    status: 404,
    title: 'There is nothing here for this token',
    todo: "Check the path, and that the token is for this tenant: another tenant's things are not shown.",
  },
  unknown_path: {
    status: 404,
    title: 'There is no such path',
    todo: 'Correct it: /openapi.json, and the page /api-docs, list every path, and need no token.',
  },
  method_not_allowed: {
    status: 405,
    title: 'The path does not have this method',
    todo: 'Use one that `Allow` names; /openapi.json, and the page /api-docs, say what each does.',
  },
  request_timeout: {
    status: 408,
    title: 'The request took too long to arrive',
    todo: 'Send it again faster, or in smaller parts: it has as long as REQUEST_SECONDS says, ten seconds unless set.',
  },
  event_id_reused: {
    status: 409,
    title: 'An event with this id but another content was received before',
    todo: 'Give each event an id of its own; the first content stays.',
  },
  idempotency_key_reused: {
    status: 409,
    title: 'The Idempotency-Key was used for another request before',
    todo: 'Use a new key for each new request, and the same one only to repeat the very same request.',
  },
  replay_ended: {
    status: 409,
    title: 'The replay has ended',
    todo: 'There is nothing left to cancel; start another replay to go through a window again.',
  },
  replay_not_cancellable: {
    status: 409,
    title: 'The replay cannot be cancelled',
    todo: 'It carries out a change of the stock rule: change the rule back instead.',
  },
  sweep_ended: {
    status: 409,
    title: 'The sweep has ended',
    todo: 'There is nothing left to cancel; start another sweep to ask for everything again.',
  },
  feed_refused: {
    status: 409,
    title: 'The feed does not do this now',
    todo: 'Do what the answer says; nothing was changed. One run of a feed comes after the other.',
  },
  fix_refused: {
    status: 409,
    title: 'The correction or void cannot be made',
    todo: 'Do what the answer says; nothing was changed.',
  },
  gate_refused: {
    status: 409,
    title: 'The launch gate refuses',
    todo: 'Do what each entry of `missing` says; nothing was changed.',
  },
  event_archived: {
    status: 410,
    title: 'The event has left the ledger, by its age',
    todo: 'Its row is in the archive that the answer names, if one was kept; its item is still told by its SKU.',
  },
  cursor_gone: {
    status: 410,
    title: 'The change feed cannot go on from this cursor',
    todo: 'Read `…/items` again in place of all that you have, and go on from the cursor that its first page gives.',
  },
  payload_too_large: {
    status: 413,
    title: 'The body is larger than it may be',
    todo: 'Send fewer events at a time, or a larger file with a token to `…/feeds/{feed}/files`.',
  },
  uri_too_long: {
    status: 414,
    title: 'A part of the path is too long',
    todo: 'No SKU or event id has more than 1024 characters percent-encoded.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'The body has a type or encoding that is not read here',
    todo: 'Send uncompressed JSON in UTF-8: application/json, application/cloudevents+json, application/cloudevents-batch+json or another JSON type.',
  },
  host_unknown: {
    status: 421,
    title: 'The server does not go by this name',
    todo: 'Ask it by its own address. Whoever runs it sets that as PUBLIC_URL, and further names in ALLOWED_HOSTS.',
  },
  invalid_shape: {
    status: 422,
    title: 'The body does not have the right shape',
    todo: 'Correct what `errors` names. Nothing was stored.',
  },
  replay_refused: {
    status: 422,
    title: 'The replay cannot be started as asked',
    todo: 'Correct the window, the supplier or the flag of the tenant, as the answer says. Nothing was started.',
  },
  evidence_refused: {
    status: 422,
    title: 'The evidence does not show what it has to',
    todo: 'Give the reference that this item of the checklist asks for. Nothing was confirmed.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests in a minute',
    todo: 'Wait as many seconds as Retry-After says; send several events in one request.',
  },
  too_many_refused: {
    status: 429,
    title: 'Too many requests from this address were not signed, or had no valid token',
    todo: 'Wait as many seconds as Retry-After says, and mend the secret or token. What is signed goes on meanwhile.',
  },
  too_many_at_once: {
    status: 429,
    title: 'Too many requests of this token or tenant are being worked on',
    todo: 'Wait as many seconds as Retry-After says, and ask for less at the same time.',
  },
  headers_too_large: {
    status: 431,
    title: 'The headers are larger than 16 KiB',
    todo: 'Send fewer or shorter headers.',
  },
  internal: {
    status: 500,
    title: 'Something went wrong here',
    todo: 'Send the request again later. If it stays, tell us the x-request-id of the answer.',
  },
  database_unavailable: {
    status: 503,
    title: 'The database does not answer',
    todo: 'Send the very same request again after Retry-After: an event that arrives twice counts once.',
  },
  too_busy: {
    status: 503,
    title: 'The server has no room for another one now',
    todo: 'Send the very same request again after Retry-After: an event that arrives twice counts once.',
  },
  too_slow: {
    status: 503,
    title: 'The answer would have taken too long to find',
    todo: 'Ask for less: another filter, fewer at a time, or a key in full.',
  },
  gate_unavailable: {
    status: 503,
    title: 'The launch gate does not answer',
    todo: 'See that Temporal and a worker run, then give the command again; a rollback needs neither.',
  },
  not_ready: {
    status: 503,
    title: 'The server is not ready',
    todo: 'Mend what the answer names; `catalog-sync doctor` says more.',
  },
} as const satisfies Record<string, { status: number; title: string; todo: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

export const PROBLEM_TYPE = 'application/problem+json';

/** RFC 9457, with a stable `code`. */
/** What is wrong with fields of a body, or with headers. */
export const problemErrors = z.array(
  z.object({
    pointer: z.string().optional().meta({ description: 'JSON Pointer into the body.' }),
    header: z.string().optional(),
    detail: z.string(),
  }),
);

export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'Always about:blank; go by `code`.' }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    errors: problemErrors.optional(),
    missing: z
      .array(z.object({ condition: z.string(), detail: z.string() }))
      .optional()
      .meta({ description: 'Every condition that the launch gate found missing.' }),
  })
  .meta({ id: 'Problem' });

export type Problem = z.output<typeof problemSchema>;

export interface ProblemOptions {
  /** What is wrong with this very request; the code's general advice is added. */
  detail?: string;
  errors?: Problem['errors'];
  missing?: Problem['missing'];
  /** Seconds, for `Retry-After`. */
  retryAfter?: number;
  headers?: Record<string, string>;
  /** The request brought nothing that could be refused: its 401 counts for nobody's address. */
  nothingTried?: true;
}

/** Thrown by a route to answer with a problem. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, options: ProblemOptions = {}) {
    super(options.detail ?? PROBLEMS[code].title);
    this.code = code;
    this.options = options;
  }
}

export function problemOf(code: ProblemCode, { detail, errors, missing }: ProblemOptions = {}): Problem {
  const { status, title, todo } = PROBLEMS[code];
  return {
    type: 'about:blank',
    title,
    status,
    detail: detail === undefined ? todo : `${detail} ${todo}`,
    code,
    ...(errors && { errors }),
    ...(missing && { missing }),
  };
}
