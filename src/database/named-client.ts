import { isIP } from 'node:net';
import pg from 'pg';

/** Not in pg's types. */
interface Connecting {
  connectionParameters: { host: string; ssl: boolean | { host?: string } };
}

/**
 * A connection whose certificate is held against the host that was asked for, also where that is an IP address: for
 * those, the driver leaves the name out, and Node would take a certificate of `localhost`.
 */
export class NamedClient extends pg.Client {
  constructor(...args: ConstructorParameters<typeof pg.Client>) {
    super(...args);
    const { host, ssl } = (this as unknown as Connecting).connectionParameters;
    if (typeof ssl === 'object' && isIP(host) !== 0) ssl.host = host;
  }
}
