import { stringify } from 'yaml';
import { listFeeds, readFeed } from '../../feed/store/read-feeds.ts';
import { pauseFeed } from '../../feed/store/pause-feed.ts';
import { setFeed } from '../../feed/store/set-feed.ts';
import { unknownFeed } from '../../feed/feed-refused.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { columns, note, print, printJson } from '../output.ts';
import { readText } from '../read-text.ts';
import { told } from './told.ts';

export async function runSet(
  file: string,
  options: AuditOptions & { tenant: string },
  json: boolean,
): Promise<void> {
  const document = await readText(file);
  await withContext(async (context) => {
    const by = { ...auditedBy(options), reason: options.reason };
    const keys = () => context.secretsKeys();
    const set = await told(async () =>
      setFeed(await context.database(), keys, { tenant: options.tenant, text: document, by }),
    );
    if (json) printJson(set);
    else {
      const what = set.changed ? `is version ${set.version} now` : `is version ${set.version}, as it was`;
      print(`feed ${set.feed} of ${set.supplier} ${what}`);
    }
  });
}

export async function runList(tenant: string | undefined, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const feeds = await listFeeds(await context.database(), tenant);
    if (json) return printJson(feeds);
    if (feeds.length === 0) return note('There are none; `catalog-sync feed set` makes one.');
    const rows = feeds.map((one) => [
      ...[one.tenant, one.feed, one.supplier, one.source, String(one.version)],
      one.paused ? 'paused' : (one.nextDueAt ?? 'by hand'),
    ]);
    print(columns(['TENANT', 'FEED', 'SUPPLIER', 'SOURCE', 'VERSION', 'NEXT'], rows));
  });
}

export async function runShow(tenant: string, name: string, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const feed = await readFeed(await context.database(), tenant, name);
    if (!feed) throw new CommandError(unknownFeed(tenant, name).message);
    if (json) return printJson(feed);
    note(`version ${feed.version}, set by ${feed.setBy} at ${feed.setAt}${feed.paused ? '; paused' : ''}`);
    print(stringify(feed.document).trimEnd());
  });
}

export async function runPause(
  name: string,
  options: AuditOptions & { tenant: string; paused: boolean },
  json: boolean,
): Promise<void> {
  const { tenant, paused } = options;
  await withContext(async (context) => {
    const by = { ...auditedBy(options), reason: options.reason };
    const changed = await told(async () =>
      pauseFeed(await context.database(), { tenant, feed: name, paused, by }),
    );
    if (json) return printJson({ tenant, feed: name, paused, changed });
    const state = paused ? 'paused' : 'looked at';
    print(`feed ${name} is ${state}${changed ? '' : ', as it was'}`);
  });
}
