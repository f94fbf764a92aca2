import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { microsOf } from '../../domain/time.ts';
import { FileTooLarge } from '../../feed/run/file-parts.ts';
import { uploadFile } from '../../feed/run/upload-file.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { followRun } from './follow-run.ts';
import { noteWhere } from './run-feed.ts';
import { told } from './told.ts';

/** `ingest FILE --feed F`: hands a file in, and follows its run. */
export async function handIn(
  file: string,
  options: AuditOptions & { tenant: string; feed: string },
  json: boolean,
): Promise<void> {
  const { tenant, feed } = options;
  await withContext(async (context) => {
    const database = await context.database();
    const writtenAt = file === '-' ? undefined : microsOf((await stat(file)).mtime);
    const { runId } = await told(() =>
      uploadFile(database, {
        ...{ tenant, feed, writtenAt, by: auditedBy(options) },
        name: file === '-' ? 'stdin' : path.basename(file),
        chunks: file === '-' ? process.stdin : createReadStream(file),
      }),
    ).catch((error: unknown) => {
      throw error instanceof FileTooLarge ? new CommandError(error.message) : error;
    });
    await noteWhere(context, { tenant, feed, id: runId });
    await followRun(database, tenant, runId, json);
  });
}
