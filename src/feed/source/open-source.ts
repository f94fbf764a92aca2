import type { FeedDefinition } from '../definition/feed-schema.ts';
import { folderSource } from './folder.ts';
import { httpSource } from './http.ts';
import { s3Source } from './s3.ts';
import { sftpSource } from './sftp.ts';
import { SourceFailed, type Source } from './source.ts';

export interface SourceOptions {
  /** The tenant's own, below which folders may be read; undefined: none may. */
  folder: string | undefined;
  /** The same for keys. */
  keyFolder: string | undefined;
  /** Of the file that the feed had last. */
  lastState: string | undefined;
  signal: AbortSignal;
}

/** @throws SourceFailed */
export function openSource({ source }: Pick<FeedDefinition, 'source'>, options: SourceOptions): Source {
  if (source.http) return httpSource(source.http, options);
  if (source.s3) return s3Source(source.s3, options);
  if (source.sftp) return sftpSource(source.sftp, options);
  if (source.folder) return folderSource(source.folder, options.folder);
  const kind = Object.keys(source).join();
  throw new SourceFailed(`this worker fetches nothing by ${kind}`, { passes: false });
}
