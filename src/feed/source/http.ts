import { posix } from 'node:path';
import { microsOf, type Micros } from '../../domain/time.ts';
import { OutgoingRefused } from '../../outgoing/guard.ts';
import { outgoing, type OutgoingAnswer } from '../../outgoing/outgoing.ts';
import { SourceFailed, type Source, type SourceFile } from './source.ts';

/** One file behind an address. Its ETag is asked for, so that the same file is not sent twice. */
export function httpSource(
  { url: text, headers = {} }: { url: string; headers?: Record<string, string> | undefined },
  { lastState, signal }: { lastState: string | undefined; signal: AbortSignal },
): Source {
  const url = new URL(text);
  return {
    async look(known) {
      const answer = await ask(
        url,
        { ...headers, ...(lastState !== undefined && { 'if-none-match': lastState }) },
        signal,
      );
      if (answer.status === 304) {
        answer.body.destroy();
        return [];
      }
      if (answer.status !== 200) {
        answer.body.destroy();
        throw refused(url, answer);
      }
      const file = fileOf(url, answer);
      // Not every server looks at what it is asked.
      if (file.state !== undefined && known(file.state)) {
        answer.body.destroy();
        return [];
      }
      return [file];
    },
  };
}

async function ask(url: URL, headers: Record<string, string>, signal: AbortSignal): Promise<OutgoingAnswer> {
  try {
    return await outgoing().call(url, { method: 'GET', headers, signal });
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new SourceFailed(`${url.host} cannot be reached: ${why}`, {
      passes: !(error instanceof OutgoingRefused),
      cause: error,
    });
  }
}

function fileOf(url: URL, { header, body }: OutgoingAnswer): SourceFile {
  return {
    name: posix.basename(url.pathname) || url.host,
    state: header('etag'),
    mayGrow: false,
    writtenAt: timeOf(header('last-modified')),
    async open() {
      return body;
    },
  };
}

/** Too busy, or broken: it may pass. All else is of the address, or of who asks. */
function refused(url: URL, { status, statusText }: OutgoingAnswer): SourceFailed {
  const moved = status >= 300 && status < 400 ? ': it has moved, and no redirect is followed' : '';
  return new SourceFailed(`${url.host} answered ${status} ${statusText}${moved}`.trimEnd(), {
    passes: status >= 500 || status === 408 || status === 429,
  });
}

function timeOf(text: string | undefined): Micros | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : microsOf(date);
}
