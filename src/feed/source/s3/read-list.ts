import { microsOf, type Micros } from '../../../domain/time.ts';

export interface S3Object {
  key: string;
  etag: string;
  writtenAt: Micros | undefined;
}

export interface S3List {
  objects: S3Object[];
  /** To go on with; undefined: that was all. */
  next: string | undefined;
}

/** Reads an answer of ListObjectsV2 whose keys were asked for in percent-encoding, so that no entity stands in them. */
export function readList(xml: string): S3List {
  const objects = [...xml.matchAll(/<Contents>([\s\S]*?)<\/Contents>/g)].map(([, part = '']) => {
    const written = new Date(textOf(part, 'LastModified') ?? '');
    return {
      key: decodeURIComponent((textOf(part, 'Key') ?? '').replaceAll('+', ' ')),
      etag: (textOf(part, 'ETag') ?? '').replaceAll('&quot;', '"'),
      writtenAt: Number.isNaN(written.getTime()) ? undefined : microsOf(written),
    };
  });
  const next = textOf(xml, 'IsTruncated') === 'true' ? textOf(xml, 'NextContinuationToken') : undefined;
  return { objects, next };
}

function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
