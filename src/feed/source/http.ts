import { posix } from 'node:path';
import { microsOf, type Micros } from '../../domain/time.ts';
import type { OutgoingAnswer } from '../../outgoing/outgoing.ts';
import { letGo } from '../../outgoing/let-go.ts';
import { ask, unwanted } from './ask.ts';
import type { Source, SourceFile } from './source.ts';

/** One file behind an address. Its ETag is asked for, so that the same file is not sent twice. */
export function httpSource(
  { url: text, headers = {} }: { url: string; headers?: Record<string, string> | undefined },
  { lastState, signal }: { lastState: string | undefined; signal: AbortSignal },
): Source {
  const url = new URL(text);
  return {
    async look(known) {
      const unless = lastState === undefined ? {} : { 'if-none-match': lastState };
      let answer = await ask(url, { ...headers, ...unless }, signal);
      // Written again as it was, which its rows may have their time by.
      if (answer.status === 304 && !known({ ...fileOf(url, answer), state: lastState })) {
        letGo(answer.body);
        answer = await ask(url, headers, signal);
      }
      if (answer.status !== 200 && answer.status !== 304) throw unwanted(url, answer);
      const file = fileOf(url, answer);
      // Not every server looks at what it is asked.
      if (answer.status === 200 && !known(file)) return [file];
      letGo(answer.body);
      return [];
    },
  };
}

function fileOf(url: URL, { header, body }: OutgoingAnswer): SourceFile {
  return {
    name: posix.basename(url.pathname) || url.host,
    state: header('etag'),
    mayBeHalf: false,
    writtenAt: timeOf(header('last-modified')),
    async open() {
      return body;
    },
  };
}

function timeOf(text: string | undefined): Micros | undefined {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? undefined : microsOf(date);
}
