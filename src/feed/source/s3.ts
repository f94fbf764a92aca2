import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { isStorable } from '../../domain/safe-text.ts';
import type { FeedDefinition } from '../definition/feed-schema.ts';
import { ask, unwanted } from './ask.ts';
import { readList, type S3Object } from './s3/read-list.ts';
import { encode, signGet } from './s3/sign.ts';
import { SourceFailed, type Source, type SourceFile } from './source.ts';

type Bucket = NonNullable<FeedDefinition['source']['s3']>;

const USUAL_REGION = 'us-east-1';
/** More than that is another folder than the one that was meant. */
const MOST_OBJECTS = 100_000;
const MOST_PAGES = 1_000;
/** A page has a thousand keys of up to 1,024 bytes, in percent-encoding. */
const MOST_PAGE_CHARS = 8 * 2 ** 20;

/** The objects of a bucket below a prefix. A bucket without a key is asked as everybody may. */
export function s3Source(bucket: Bucket, { signal }: { signal: AbortSignal }): Source {
  const get = async (path: string, query: Record<string, string> = {}) => {
    const url = addressOf(bucket, path, query);
    const answer = await ask(url, headersOf(bucket, url), signal);
    if (answer.status !== 200) throw unwanted(url, answer);
    return answer;
  };
  const fileOf = ({ key, etag, writtenAt }: S3Object): SourceFile => ({
    ...{ name: posix.basename(key), state: `${key} ${etag}`, mayBeHalf: false, writtenAt },
    open: async () => (await get(key)).body,
  });
  return {
    async look() {
      const found: S3Object[] = [];
      let next: string | undefined;
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const { body } = await get('', {
          ...{ 'list-type': '2', 'encoding-type': 'url', prefix: bucket.prefix },
          ...(next !== undefined && { 'continuation-token': next }),
        });
        const list = readList(await whole(bucket, body));
        for (const one of list.objects) if (!one.key.endsWith('/') && isStorable(one.key)) found.push(one);
        next = list.next;
        if (next === undefined || found.length > MOST_OBJECTS) break;
      }
      if (next !== undefined || found.length > MOST_OBJECTS) throw tooMany(bucket);
      return found
        .toSorted((a, b) => Number((a.writtenAt ?? 0n) - (b.writtenAt ?? 0n)) || (a.key < b.key ? -1 : 1))
        .map(fileOf);
    },
  };
}

function tooMany({ bucket, prefix }: Bucket): SourceFailed {
  const which = prefix === '' ? '' : ` that begin with ${prefix}`;
  const says = `${bucket} has more than ${MOST_OBJECTS} keys${which}: name a longer prefix, or take old files away`;
  return new SourceFailed(says, { passes: false });
}

/** @throws SourceFailed where the answer is cut, or is no page of a list */
async function whole({ bucket }: Bucket, body: Readable): Promise<string> {
  try {
    let list = '';
    for await (const piece of body.setEncoding('utf8')) {
      list += piece as string;
      if (list.length > MOST_PAGE_CHARS) {
        throw new SourceFailed(`the list of ${bucket} is longer than a thousand keys are`, { passes: false });
      }
    }
    return list;
  } catch (error) {
    if (error instanceof SourceFailed) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new SourceFailed(`the list of ${bucket} was cut on its way: ${why}`, {
      passes: true,
      cause: error,
    });
  }
}

function addressOf({ bucket, region, endpoint }: Bucket, key: string, query: Record<string, string>): URL {
  const base = endpoint ?? `https://s3.${region ?? USUAL_REGION}.amazonaws.com`;
  const path = key.split('/').map(encode).join('/');
  const url = new URL(`${base.replace(/\/+$/, '')}/${bucket}/${path}`);
  // Not by URLSearchParams, which write a space as a plus.
  url.search = Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
  return url;
}

function headersOf({ key, secret, region }: Bucket, url: URL): Record<string, string> {
  if (key === undefined || secret === undefined) return {};
  return signGet(url, { id: key, secret, region: region ?? USUAL_REGION }, new Date());
}
