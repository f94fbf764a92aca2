import * as oidc from 'openid-client';
import { isSafeToAsk } from '../../config/public-url.ts';
import type { SingleSignOn } from '../../config/single-sign-on.ts';
import { addressKey } from '../../process/address-key.ts';
import { readLimited } from '../../storefront/read-limited.ts';
import { createPlaces } from './places.ts';

/** No call to the issuer may last longer, in seconds. */
const TIMEOUT_SECONDS = 5;
/** Its keys and addresses are a few KiB. */
const ANSWER_BYTES = 256 * 1024;
/** So many at once are asked after, of an address and in all; whoever comes then is told to try again. Nobody needs a token for it. */
const MOST_OF_AN_ADDRESS = 4;
const MOST_IN_ALL = 16;
/** How far its clock may be from ours, in seconds. */
const CLOCK_TOLERANCE = 30;
/** Its addresses are asked again after so long, in ms. */
const KNOWN_FOR = 3_600_000;

/** What only the browser that began a sign-in can give back. */
export interface Checks {
  state: string;
  nonce: string;
  verifier: string;
}

/** What the issuer says of who signed in. */
export interface Claims {
  /** Who it is there, for ever. */
  subject: string;
  /** All that it says. */
  said: Readonly<Record<string, unknown>>;
}

export interface Issuer {
  /** Where a browser goes to sign in. @throws IssuerUnavailableError */
  addressFor(checks: Checks): Promise<URL>;
  /**
   * Asks who came back.
   *
   * @param query of the address to which the issuer led the browser
   * @param address of whoever came
   * @throws IssuerUnavailableError | IssuerRefusedError, or what the library makes of an answer that is not right
   */
  whoCame(query: URLSearchParams, checks: Checks, address: string): Promise<Claims>;
}

/** The issuer does not answer, or too many are asking. */
export class IssuerUnavailableError extends Error {
  override name = 'IssuerUnavailableError';
}

/** The issuer did not let somebody in, or the person gave up there. */
export class IssuerRefusedError extends Error {
  override name = 'IssuerRefusedError';
}

/** Where the issuer leads browsers back to. */
export const CALLBACK = '/sign-in/oidc/callback';

/** Of an hour's standing its addresses are not asked again; a failure is forgotten at once. */
export function createIssuer(settings: SingleSignOn): Issuer {
  const redirectUri = new URL(CALLBACK, settings.publicUrl).href;
  let known: { until: number; configuration: Promise<oidc.Configuration> } | undefined;
  const places = createPlaces({ ofOne: MOST_OF_AN_ADDRESS, inAll: MOST_IN_ALL });

  async function configuration(): Promise<oidc.Configuration> {
    if (!known || known.until < Date.now()) {
      const asked = { until: Date.now() + KNOWN_FOR, configuration: discover(settings) };
      known = asked;
      asked.configuration.catch(() => {
        if (known === asked) known = undefined;
      });
    }
    return known.configuration;
  }

  async function claimsOf(query: URLSearchParams, { state, nonce, verifier }: Checks): Promise<Claims> {
    const config = await configuration();
    const url = new URL(redirectUri);
    url.search = query.toString();
    const tokens = await oidc.authorizationCodeGrant(config, url, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    const claims = tokens.claims();
    if (!claims) throw new Error('the issuer sent no ID token');
    // Many issuers keep groups and address out of the ID token.
    const isAsked =
      config.serverMetadata().userinfo_endpoint !== undefined &&
      (claims[settings.groupsClaim] === undefined || claims.email === undefined);
    const more = isAsked ? await oidc.fetchUserInfo(config, tokens.access_token, claims.sub) : {};
    return { subject: claims.sub, said: { ...more, ...claims } };
  }

  return {
    // Takes no place: whoever begins waits for the one call that finds the issuer's addresses, or for none.
    addressFor: ({ state, nonce, verifier }) =>
      understood(async () =>
        oidc.buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri,
          scope: settings.scopes,
          state,
          nonce,
          code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
        }),
      ),
    whoCame: async (query, checks, address) => {
      const leave = places.take(addressKey(address));
      if (!leave) throw new IssuerUnavailableError('too many sign-ins at once');
      return understood(() => claimsOf(query, checks)).finally(leave);
    },
  };
}

export function newChecks(): Checks {
  return { state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
}

async function discover({ issuer, clientId, clientSecret }: SingleSignOn): Promise<oidc.Configuration> {
  const config = await oidc.discovery(
    issuer,
    clientId,
    { [oidc.clockTolerance]: CLOCK_TOLERANCE },
    authenticationBy(clientSecret),
    {
      timeout: TIMEOUT_SECONDS,
      [oidc.customFetch]: fetchLimited,
      execute: [
        // Its keys sign the ID token, whatever lies between it and us.
        oidc.enableNonRepudiationChecks,
        ...(issuer.protocol === 'http:' && isSafeToAsk(issuer) ? [oidc.allowInsecureRequests] : []),
      ],
    },
  );
  return config;
}

/** As OpenID Connect has it: Basic, unless the issuer says that it does not take that. */
function authenticationBy(secret: string | undefined): oidc.ClientAuth {
  if (secret === undefined) return oidc.None();
  const [basic, post] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const authenticate = methods.includes('client_secret_basic') ? basic : post;
    authenticate(server, client, body, headers);
  };
}

const fetchLimited: oidc.CustomFetch = async (url, options) => {
  const response = await fetch(url, options as RequestInit);
  const text = await readLimited(response.body, ANSWER_BYTES);
  if (text === undefined)
    throw new IssuerUnavailableError(`the issuer answers with over ${ANSWER_BYTES} bytes`);
  const { status, statusText, headers } = response;
  return new Response(text === '' ? null : text, { status, statusText, headers });
};

/** Does it, and says of what the library throws what it means. */
async function understood<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw meaningOf(error);
  }
}

function meaningOf(error: unknown): unknown {
  if (error instanceof oidc.AuthorizationResponseError) {
    return new IssuerRefusedError(`the issuer says ${error.error}`, { cause: error });
  }
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? cause.code : undefined;
    if (cause instanceof IssuerUnavailableError) return cause;
    if (
      code === 'OAUTH_TIMEOUT' ||
      code === 'OAUTH_RESPONSE_IS_NOT_CONFORM' ||
      cause.message === 'fetch failed'
    ) {
      return new IssuerUnavailableError(`the issuer does not answer: ${cause.message}`, { cause: error });
    }
  }
  return error;
}
