import type { Socket } from 'node:net';
import type { ConnectConfig, SFTPWrapper } from 'ssh2';
import { printable } from '../../../domain/safe-text.ts';
import { outgoing } from '../../../outgoing/outgoing.ts';
import { SourceFailed } from '../source.ts';
import { unreachable } from '../unreachable.ts';
import { clientOn } from './client.ts';
import { fingerprintOf, isSameFingerprint, KINDS_OF_KEYS } from './host-key.ts';
import { nameOf, portOf, type SftpLimits, type SftpServer } from './server.ts';
import { answered, type SftpSession } from './session.ts';
import { signInMeans } from './sign-in-means.ts';

export interface SessionOptions {
  signal: AbortSignal;
  keyFolder: string | undefined;
  limits: SftpLimits;
}

/** The server showed another key than the feed names, or has none of the kind. */
class OtherHostKey extends Error {
  readonly shown: string | undefined;

  constructor(shown: string | undefined, cause: unknown) {
    super('another host key', { cause });
    this.shown = shown;
  }
}

/**
 * Signs in to the server that has the very key that the feed names: to no other one is anything told that is secret.
 *
 * @throws SourceFailed
 */
export async function openSession(server: SftpServer, options: SessionOptions): Promise<SftpSession> {
  const means = await signInMeans(server, options.keyFolder);
  const shown = new Set<string>();
  // First as the server prefers; it may have the named key beside another kind.
  for (const serverHostKey of [undefined, ...KINDS_OF_KEYS]) {
    const algorithms = serverHostKey && { algorithms: { serverHostKey: [...serverHostKey] } };
    try {
      return await signIn(server, { ...means, ...algorithms }, options);
    } catch (error) {
      if (!(error instanceof OtherHostKey)) throw error;
      if (error.shown !== undefined) shown.add(error.shown);
    }
  }
  throw new SourceFailed(
    `${nameOf(server)} is not the server that the feed names: its key is ${[...shown].join(' or ')}, and hostKey is ` +
      `${server.hostKey}. If its keeper says that it has changed, set hostKey; nothing was sent to it`,
    { passes: false },
  );
}

async function signIn(
  server: SftpServer,
  config: ConnectConfig,
  options: SessionOptions,
): Promise<SftpSession> {
  const { signal, limits } = options;
  const socket = await connect(server, options);
  let shown: string | undefined;
  const { client, lost, end } = await clientOn(socket, signal, (error) => failureOf(server, error, shown));
  const waiting = { lost, answerMs: limits.answerMs, name: nameOf(server) };
  try {
    const sftp = await answered<SFTPWrapper>(waiting, (answer) => {
      client.once('ready', () => client.sftp(answer));
      client.on('keyboard-interactive', (_name, _text, _language, prompts, finish) =>
        finish(prompts.map(() => server.password ?? '')),
      );
      client.connect({
        ...{ ...config, sock: socket, username: server.user, readyTimeout: limits.answerMs },
        hostVerifier: (key: Buffer) => {
          shown = fingerprintOf(key);
          return isSameFingerprint(shown, server.hostKey);
        },
      });
    });
    return { ask: (request) => answered(waiting, (answer) => request(sftp, answer)), end };
  } catch (error) {
    end();
    if (error instanceof SourceFailed || error instanceof OtherHostKey) throw error;
    signal.throwIfAborted();
    throw failureOf(server, error, shown);
  }
}

async function connect(server: SftpServer, { signal, limits }: SessionOptions): Promise<Socket> {
  const limit = AbortSignal.timeout(limits.connectMs);
  const to = { protocol: 'sftp:', host: server.host, port: portOf(server) };
  try {
    return await outgoing().connect({ ...to, signal: AbortSignal.any([signal, limit]) });
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.aborted) throw unreachable(nameOf(server), error);
    throw unreachable(nameOf(server), new Error(`no answer within ${limits.connectMs} ms`));
  }
}

/** What the library says, in words for whoever keeps the feed. */
function failureOf(server: SftpServer, error: unknown, shown: string | undefined): Error {
  const name = nameOf(server);
  const { level } = error as { level?: string };
  const why = wordsOf(error);
  const isOther = shown !== undefined && !isSameFingerprint(shown, server.hostKey);
  if (isOther || /no matching host key/.test(why)) return new OtherHostKey(shown, error);
  const fail = (says: string, passes: boolean) => new SourceFailed(says, { passes, cause: error });
  if (level === 'client-authentication') {
    const by = server.password === undefined ? 'key' : 'password';
    return fail(`${name} does not let ${server.user} in by the ${by} that the feed names`, false);
  }
  if (/privateKey|passphrase|private key/i.test(why)) {
    return fail(`the key for ${name} cannot be used: ${why}`, false);
  }
  return fail(`${name} cannot be read: ${why}`, true);
}

function wordsOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error));
}
