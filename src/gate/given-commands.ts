import type { Database } from '../database/client.ts';
import type { GateCommand, GateCommandRef } from '../domain/gate-command.ts';
import type { Origin } from '../domain/origin.ts';
import { formatTime, mustParseTime } from '../domain/time.ts';
import { GateRefused } from './carry-out.ts';

/** Writes a command down by somebody who may give it; Temporal carries its id only. */
export async function writeGiven(
  database: Pick<Database, 'gateRequest'>,
  name: string,
  command: GateCommand,
): Promise<void> {
  const { requestId, tenant, actor, origin, expiresAt, ...said } = command;
  await database.gateRequest.create({
    data: {
      ...{ id: requestId, tenantId: tenant, name, said, actor },
      ...(origin && { origin: { ...origin } }),
      expiresAtUs: mustParseTime(expiresAt),
    },
  });
}

/**
 * The command that an id stands for, as it was written down: what came through Temporal says nothing of who gave it.
 *
 * @throws GateRefused when nobody gave it
 */
export async function readGiven<Command extends GateCommand>(
  database: Pick<Database, 'gateRequest'>,
  name: string,
  { requestId, tenant }: GateCommandRef,
): Promise<Command> {
  const row = await database.gateRequest.findUnique({ where: { id: requestId } });
  if (
    !row ||
    row.tenantId !== tenant ||
    row.name !== name ||
    row.actor === null ||
    row.expiresAtUs === null
  ) {
    throw new GateRefused([
      {
        condition: 'given',
        detail: 'Nobody who may has given this command. Give it by API, console or CLI.',
      },
    ]);
  }
  const said = row.said as Omit<Command, keyof GateCommand>;
  return {
    ...said,
    ...{
      requestId,
      tenant,
      actor: row.actor,
      origin: (row.origin ?? undefined) as Origin | undefined,
      expiresAt: formatTime(row.expiresAtUs),
    },
  } as Command;
}
