/**
 * Starts a program on a port that was free a moment ago. Where the port is our own choice, another program may have
 * taken it in between: then it is started again, on another one.
 */
export async function startedOnPort<T>(configured: number | undefined, start: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      const lostItsPort = /address already in use/i.test((error as Error).message);
      if (configured !== undefined || !lostItsPort || attempt === 3) throw error;
    }
  }
}
