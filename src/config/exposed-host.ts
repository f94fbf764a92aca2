import { isLoopbackName } from './public-url.ts';

/** What to tell whoever starts us on a HOST that others reach; undefined for this machine alone. */
export function exposureWarning(settings: { HOST: string; PUBLIC_URL?: unknown }): string | undefined {
  const { HOST: host, PUBLIC_URL: publicUrl } = settings;
  if (isLoopbackName(host)) return undefined;
  const open =
    `HOST is ${host}: whoever reaches this machine there reaches the API, the console and the metrics, and everything ` +
    'is sent without TLS.';
  if (typeof publicUrl === 'string' && publicUrl.startsWith('https:')) {
    return `${open} Let nobody reach it but the proxy in front, which PUBLIC_URL names, and set METRICS_TOKEN.`;
  }
  return (
    `${open} Put a proxy with TLS in front, set PUBLIC_URL to its https address, let nobody reach HOST but the proxy, ` +
    'and set METRICS_TOKEN.'
  );
}
