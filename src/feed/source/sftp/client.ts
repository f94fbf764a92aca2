import type { Socket } from 'node:net';
import type { Client } from 'ssh2';

/** A client of SSH that is not signed in yet. */
export interface SftpClient {
  client: Client;
  /** Rejects when the connection is lost, or the signal fires. */
  lost: Promise<never>;
  end(): void;
}

/** The library is loaded when a feed asks for it. @param failureOf what it says, for people */
export async function clientOn(
  socket: Socket,
  signal: AbortSignal,
  failureOf: (error: unknown) => Error,
): Promise<SftpClient> {
  const { Client: SshClient } = (await import('ssh2')).default;
  const client = new SshClient();
  const loss = new AbortController();
  const lost = new Promise<never>((_resolve, reject) => {
    loss.signal.addEventListener('abort', () => reject(loss.signal.reason as Error));
  });
  // It may be lost when nobody waits for it.
  lost.catch(() => undefined);
  const giveUp = (): void => {
    loss.abort(signal.reason);
    end();
  };
  const end = (): void => {
    signal.removeEventListener('abort', giveUp);
    client.end();
    // What it was told last may still go out; an answer is not waited for.
    socket.destroySoon();
  };
  client.on('error', (error) => loss.abort(failureOf(error)));
  const closed = (): void => loss.abort(failureOf(new Error('it ended the connection')));
  client.on('close', closed);
  socket.once('close', closed);
  if (socket.destroyed) closed();
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  return { client, lost, end };
}
