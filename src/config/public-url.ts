import { isIP } from 'node:net';

/**
 * Whether a name always means this very machine. No name server can lead a browser here under one of them, as DNS
 * rebinding does with a name of its own.
 */
export function isLoopbackName(hostname: string): boolean {
  const name = hostname.toLowerCase();
  if (name === 'localhost' || name === '[::1]' || name === '::1') return true;
  return isIP(name) === 4 && name.startsWith('127.');
}

/** `https://sync.example.com`: scheme, host and port, and nothing behind them; undefined for anything else. */
export function originOfUrl(text: string): string | undefined {
  if (!/^https?:\/\/[^/?#@\\]+\/?$/.test(text) || !URL.canParse(text)) return undefined;
  return new URL(text).origin;
}

/** Whether it may be asked without TLS: on this machine only. */
export function isSafeToAsk(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackName(url.hostname));
}
