import { asProblem, problemOf, unreachable, type ApiProblem } from './problem.ts';

export interface Answer<T> {
  data: T;
  /** Where the next page is, from the Link header; undefined on the last one. */
  next: string | undefined;
}

export interface RequestOptions {
  body?: unknown;
  /** Sent as it is, in place of a body. */
  file?: Blob;
  /** How long a person waits for an answer, in ms. */
  longestMs?: number;
  signal?: AbortSignal;
  headers?: Record<string, string>;
}

/** No request keeps a person waiting longer, in ms, unless it has a reason. */
const LONGEST_MS = 30_000;
const NEXT = /<([^>]*)>\s*;\s*rel="?next"?/;

const READING = { accept: 'application/json' };
/** An answer that was asked for early is used within so long, in ms. */
const FRESH_MS = 5_000;

const begun = new Map<string, { at: number; response: Promise<Response | undefined> }>();

let csrfToken: string | undefined;
let onSignedOut: (problem: ApiProblem) => void = () => undefined;

/** Changes are refused without the session's token: no other site can read it. */
export function rememberCsrfToken(token: string | undefined): void {
  csrfToken = token;
}

/** Told when the server no longer knows the session. */
export function whenSignedOut(tell: (problem: ApiProblem) => void): void {
  onSignedOut = tell;
}

/**
 * Asks the API. `T` is one of the types that its OpenAPI document is made from.
 *
 * @throws ApiProblem
 */
export async function request<T>(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  { body, file, longestMs = LONGEST_MS, signal, headers = {} }: RequestOptions = {},
): Promise<Answer<T>> {
  const limit = AbortSignal.timeout(longestMs);
  const sent = file ?? (body === undefined ? undefined : JSON.stringify(body));
  let response: Response;
  try {
    const early = method === 'GET' ? await takeBegun(path) : undefined;
    response =
      early ??
      (await fetch(path, {
        method,
        credentials: 'same-origin',
        headers: {
          ...READING,
          ...(sent !== undefined && {
            'content-type': file ? 'application/octet-stream' : 'application/json',
          }),
          ...(method !== 'GET' && csrfToken !== undefined && { 'x-csrf-token': csrfToken }),
          ...headers,
        },
        ...(sent !== undefined && { body: sent }),
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      }));
  } catch (error) {
    if (signal?.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (problem.isUnknown) onSignedOut(problem);
    throw problem;
  }
  try {
    const data = (response.status === 204 ? undefined : await response.json()) as T;
    return { data, next: NEXT.exec(response.headers.get('link') ?? '')?.[1] };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw asProblem(error);
  }
}

/** Asks for what is going to be needed; the next `get` of the path takes the answer. */
export function beginGet(path: string): void {
  const signal = AbortSignal.timeout(LONGEST_MS);
  const response = fetch(path, { credentials: 'same-origin', headers: READING, signal }).catch(
    () => undefined,
  );
  begun.set(path, { at: performance.now(), response });
}

/** Only a good answer counts: after any other one it is asked again, perhaps by somebody who has signed in since. */
async function takeBegun(path: string): Promise<Response | undefined> {
  const early = begun.get(path);
  begun.delete(path);
  if (!early || performance.now() - early.at > FRESH_MS) return undefined;
  const response = await early.response;
  return response?.ok ? response : undefined;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await getPage<T>(path, signal)).data;
}

/** The same with the way to the next page. */
export function getPage<T>(path: string, signal?: AbortSignal): Promise<Answer<T>> {
  return request<T>('GET', path, signal ? { signal } : {});
}

/** A path of the API, its parts encoded. */
export function api(strings: TemplateStringsArray, ...parts: string[]): string {
  return String.raw({ raw: strings }, ...parts.map((part) => encodeURIComponent(part)));
}

/** `?a=b`, without what is undefined or empty; nothing when all is. */
export function queryOf(fields: Record<string, string | number | undefined>): string {
  const given = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
