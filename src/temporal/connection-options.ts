import type { ConnectionOptions } from '@temporalio/client';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';

/** What is said of Temporal's address, TLS and API key cannot be used; the message says what to do. */
export class TemporalSettingsError extends Error {
  override name = 'TemporalSettingsError';
}

/** How Temporal is reached. */
export interface TemporalOptions {
  connectionOptions: ConnectionOptions;
  namespace?: string | undefined;
}

/**
 * Reads Temporal's own variables (`TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`, `TEMPORAL_API_KEY`, `TEMPORAL_TLS…`), and the
 * profile of `TEMPORAL_PROFILE` in the file of `TEMPORAL_CONFIG_FILE`, as its SDK does. An empty variable counts as not
 * set.
 *
 * @throws TemporalSettingsError for half a client certificate, which the SDK would leave out without a word, and for a
 *   file or profile that cannot be read
 */
export function readTemporalOptions(environment: NodeJS.ProcessEnv = process.env): TemporalOptions {
  const set = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== '',
  );
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars: Object.fromEntries(set) });
    const { clientCert, clientKey } = profile.tls ?? {};
    if ((clientCert === undefined) !== (clientKey === undefined)) {
      const [there, missing] = clientCert ? ['certificate', 'KEY'] : ['key', 'CERT'];
      throw new TemporalSettingsError(
        `There is a client ${there} for Temporal alone: set TEMPORAL_TLS_CLIENT_${missing}_PATH too.`,
      );
    }
    return toClientOptions(profile);
  } catch (error) {
    if (error instanceof TemporalSettingsError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new TemporalSettingsError(`The settings for Temporal (TEMPORAL_…) cannot be used: ${why}`, {
      cause: error,
    });
  }
}
