import { isIP } from 'node:net';

/** `http://HOST:PORT` as it can be reached from this machine; an address of all interfaces is reached through its own. */
export function httpAddress(host: string, port: number): string {
  return `http://${reachable(host)}:${port}`;
}

function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
}
