import type { FeedDefinition } from '../../definition/feed-schema.ts';

export type SftpServer = NonNullable<FeedDefinition['source']['sftp']>;

export interface SftpLimits {
  /** Until the connection stands, in ms. */
  connectMs: number;
  /** For the answer to one request, in ms: signing in is one, and each piece of a file. */
  answerMs: number;
}

export const LIMITS: SftpLimits = { connectMs: 15_000, answerMs: 30_000 };

const USUAL_PORT = 22;

export function portOf({ port = USUAL_PORT }: SftpServer): number {
  return port;
}

/** How a server is named in what people read. */
export function nameOf(server: SftpServer): string {
  const { host } = server;
  return `${host.includes(':') ? `[${host}]` : host}:${portOf(server)}`;
}
