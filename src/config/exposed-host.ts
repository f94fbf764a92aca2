import { isIP } from 'node:net';

/** What to tell whoever starts us on a HOST that others reach; undefined for this machine alone. */
export function exposureWarning(host: string): string | undefined {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.')))
    return undefined;
  return (
    `HOST is ${host}: whoever reaches this machine there reaches the API, the console and the metrics, and everything ` +
    'is sent without TLS. Put a proxy with TLS in front, set PUBLIC_URL to its https address, let nobody reach HOST but ' +
    'the proxy, and set METRICS_TOKEN.'
  );
}
