import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { isStorable } from '../../domain/safe-text.ts';
import type { FeedDefinition } from '../definition/feed-schema.ts';
import { ask, unwanted } from './ask.ts';
import { readList, type S3Object } from './s3/read-list.ts';
import { encode, signGet } from './s3/sign.ts';
import { SourceFailed, type Source, type SourceFile } from './source.ts';

type Bucket = NonNullable<FeedDefinition['source']['s3']>;

const USUAL_REGION = 'us-east-1';
const MOST_PAGES = 100;

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
        found.push(...list.objects.filter(({ key }) => !key.endsWith('/') && isStorable(key)));
        next = list.next;
        if (next === undefined) break;
      }
      return found
        .toSorted((a, b) => Number((a.writtenAt ?? 0n) - (b.writtenAt ?? 0n)) || (a.key < b.key ? -1 : 1))
        .map(fileOf);
    },
  };
}

/** @throws SourceFailed where the answer is cut */
async function whole({ bucket }: Bucket, body: Readable): Promise<string> {
  try {
    return await text(body);
  } catch (error) {
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
