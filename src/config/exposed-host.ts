import { isLoopbackName } from './public-url.ts';

/**
 * What to tell whoever starts us on a HOST that others reach; undefined for this machine alone, and where PUBLIC_URL says that
 * a proxy with TLS is in front.
 */
export function exposureWarning(settings: { HOST: string; PUBLIC_URL?: unknown }): string | undefined {
  const { HOST: host, PUBLIC_URL: publicUrl } = settings;
  if (typeof publicUrl === 'string' && publicUrl.startsWith('https:')) return undefined;
  if (isLoopbackName(host)) return undefined;
  return (
    `HOST is ${host}: whoever reaches this machine there reaches the API, the console and the metrics, and everything ` +
    'is sent without TLS. Put a proxy with TLS in front, set PUBLIC_URL to its https address, let nobody reach HOST but ' +
    'the proxy, and set METRICS_TOKEN.'
  );
}
