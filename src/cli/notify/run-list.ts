import { listChannels, type ChannelListed } from '../../notify/list-channels.ts';
import { withContext } from '../context.ts';
import { columns, note, print, printJson } from '../output.ts';

/** `notify list` */
export async function runList(json: boolean): Promise<void> {
  await withContext(async (context) => {
    const channels = await listChannels(await context.database());
    const failing = channels.filter(({ failingSince, givenUp }) => failingSince !== null || givenUp > 0);
    if (failing.length > 0) process.exitCode = 3;
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
  });
}

function stateOf(channel: ChannelListed): string {
  const { failingSince, failure, waiting, givenUp, givenUpFor, lastSentAt } = channel;
  const why = givenUpFor === null ? '' : ` (${givenUpFor})`;
  const lost = givenUp === 0 ? '' : `; ${givenUp} given up${why}`;
  if (failingSince !== null) {
    return `FAILS since ${failingSince}: ${failure ?? ''}; ${waiting} wait${lost}`;
  }
  if (waiting > 0) return `${waiting} to be sent${lost}`;
  return `${lastSentAt === null ? 'nothing was sent yet' : `last sent ${lastSentAt}`}${lost}`;
}
