import { PortTakenError } from '../process/ports.ts';

const ATTEMPTS = 3;

/**
 * Starts a program on a port that was free a moment ago. Somebody may have taken it in between: then it is started
 * again, on another port where it is our own choice, and else on the same if it is free again.
 */
export async function startedOnPort<T>(start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (!lostItsPort(error) || attempt === ATTEMPTS) throw error;
    }
  }
}

/**
 * Whether a program could not listen where it was told to. That a port cannot be had for long is another error. Temporal's
 * server does not say that the port of its HTTP API was taken: it goes on, and falls over its missing listener.
 */
function lostItsPort(error: unknown): boolean {
  return (
    error instanceof Error &&
    !(error instanceof PortTakenError) &&
    /address already in use|EADDRINUSE|is in use by another program|nil pointer[^]*NewHTTPAPIServer/i.test(
      error.message,
    )
  );
}
