import type { Response } from 'light-my-request';
import type { Session } from '../../src/http/routes/session-schema.ts';
import type { Api } from './api.ts';

export const ORIGIN = 'http://console.test';

/** What a browser sends from a page of the console. */
export const FROM_OUR_PAGE = { host: 'console.test', origin: ORIGIN, 'sec-fetch-site': 'same-origin' };

export interface SignedIn {
  session: Session;
  /** `name=value` */
  cookie: string;
  /** As the console's own page asks: with the cookie, the CSRF token, and what a browser adds. */
  ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, body?: unknown): Promise<Response>;
}

export function signIn(api: Pick<Api, 'app'>, body: unknown, headers: Record<string, string> = {}) {
  return api.app.inject({
    method: 'POST',
    url: '/session',
    headers: { ...FROM_OUR_PAGE, 'content-type': 'application/json', ...headers },
    payload: JSON.stringify(body),
  });
}

/** Signs in by a token, or by the ticket of a link. */
export async function signedIn(
  api: Pick<Api, 'app'>,
  body: { token: string } | { ticket: string },
): Promise<SignedIn> {
  const answer = await signIn(api, body);
  if (answer.statusCode !== 201) throw new Error(answer.body);
  const session = answer.json<Session>();
  const cookie = cookieOf(answer);
  return {
    session,
    cookie,
    ask: (method, url, payload) =>
      api.app.inject({
        method,
        url,
        headers: {
          ...FROM_OUR_PAGE,
          cookie,
          'x-csrf-token': session.csrfToken ?? '',
          ...(payload !== undefined && { 'content-type': 'application/json' }),
        },
        ...(payload !== undefined && { payload: JSON.stringify(payload) }),
      }),
  };
}

export function cookieOf(answer: Response): string {
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

/** The ticket of a link. */
export function ticketOf(link: string): string {
  return new URLSearchParams(new URL(link).hash.slice(1)).get('ticket') ?? '';
}
