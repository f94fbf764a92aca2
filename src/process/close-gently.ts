import type { FastifyInstance } from 'fastify';

const LOOK_EVERY_MS = 100;
const PATIENCE_MS = 6_000;

/**
 * Lets requests under way end, then closes. A keep-alive connection that falls idle meanwhile is closed at once
 * instead of after its own time-out, and one that never does, after six seconds.
 */
export async function closeGently(app: FastifyInstance): Promise<void> {
  const idle = setInterval(() => app.server.closeIdleConnections(), LOOK_EVERY_MS);
  const patience = setTimeout(() => app.server.closeAllConnections(), PATIENCE_MS);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(patience);
  }
}
