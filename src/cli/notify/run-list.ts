import { isWell, listChannels, MEND_ROUNDS, stateOf } from '../../notify/list-channels.ts';
import { withContext } from '../context.ts';
import { columns, note, print, printJson } from '../output.ts';

/** `notify list` */
export async function runList(json: boolean): Promise<void> {
  await withContext(async (context) => {
    const channels = await listChannels(await context.database());
    if (!channels.every((channel) => isWell(channel))) process.exitCode = 3;
    if (json) return printJson(channels);
    if (channels.length === 0) return note('Nobody is told; `catalog-sync notify add` makes a channel.');
    print(
      columns(
        ['CHANNEL', 'KIND', 'TO', 'TENANT', 'OWNER', 'AT LEAST', 'TOLD', 'STATE'],
        channels.map((one) => [
          ...[one.name, one.kind, one.to, one.tenant ?? 'all', one.owner ?? 'all', one.atLeast],
          ...[String(one.told), stateOf(one)],
        ]),
      ),
    );
    if (channels.some(({ unwatched }) => unwatched)) note(MEND_ROUNDS);
  });
}
