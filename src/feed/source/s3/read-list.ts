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
  const objects = xml
    .split('<Contents>')
    .slice(1)
    .map((rest) => {
      const [part = ''] = rest.split('</Contents>', 1);
      const written = new Date(textOf(part, 'LastModified') ?? '');
      return {
        key: decoded((textOf(part, 'Key') ?? '').replaceAll('+', ' ')),
        etag: (textOf(part, 'ETag') ?? '').replaceAll('&quot;', '"'),
        writtenAt: Number.isNaN(written.getTime()) ? undefined : microsOf(written),
      };
    });
  const next = textOf(xml, 'IsTruncated') === 'true' ? textOf(xml, 'NextContinuationToken') : undefined;
  return { objects, next };
}

/** What is no percent-encoding stands as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
