import type { Database } from '../../database/client.ts';
import { isWell, listChannels, MEND_ROUNDS, stateOf } from '../../notify/list-channels.ts';
import { failed, ok, type Check } from './check.ts';

/** Whether people are told: by each channel, and whether a worker looks at what they are to be told. */
export async function checkNotifications(database: Database): Promise<Check[]> {
  const channels = await listChannels(database);
  if (channels.length === 0) return [ok('notifications', 'nobody is told: there is no channel')];
  const sick = channels.filter((channel) => !isWell(channel));
  if (sick.length === 0) {
    const count = channels.length === 1 ? 'the channel' : `each of ${channels.length} channels`;
    return [ok('notifications', `all that was told came through ${count}`)];
  }
  return sick.map((channel) => {
    const { name, unwatched } = channel;
    const todo = unwatched
      ? MEND_ROUNDS
      : `Mend it; \`catalog-sync notify test ${name}\` says whether it comes through. What was given up is not told again.`;
    return failed(`notifications of ${name}`, stateOf(channel), todo);
  });
}
