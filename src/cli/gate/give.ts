import { printable } from '../../domain/safe-text.ts';
import type { Missing } from '../../domain/gate.ts';
import { GateRefused } from '../../gate/carry-out.ts';
import {
  giveCommand,
  GateUnavailable,
  type GateCommandName,
  type GateCommands,
  type Given,
} from '../../gate/give-command.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { auditedBy } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';

interface Options {
  tenant: string;
  actor?: string;
}

/** `gate open` */
export async function open(
  options: Options & { supplier: string[]; reason: string },
  json: boolean,
): Promise<void> {
  const { tenant, supplier: suppliers, reason } = options;
  const done = await give('openCanary', { tenant, ...auditedBy(options), suppliers, reason }, json);
  if (json) return printJson(done);
  print(`tenant ${tenant} is canary; open: ${done.opened.join(', ')}; held: ${listOf(done.closed)}`);
  note(`Its watch has begun: catalog-sync gate status --tenant ${tenant} --watch`);
}

/** `gate widen` */
export async function widen(
  options: Options & { supplier: string; reason: string },
  json: boolean,
): Promise<void> {
  const { tenant, supplier, reason } = options;
  const done = await give('widenSupplier', { tenant, ...auditedBy(options), supplier, reason }, json);
  if (json) return printJson(done);
  print(`supplier ${supplier} is open; tenant ${tenant} is ${done.state}; held: ${listOf(done.closed)}`);
}

/** `gate approve-trace` */
export async function approve(
  options: Options & { event: string; explanation: string; supplier?: string },
  json: boolean,
): Promise<void> {
  const { tenant, event: eventId, explanation, supplier } = options;
  const given = { tenant, ...auditedBy(options), eventId, explanation };
  const done = await give('approveTrace', { ...given, ...(supplier !== undefined && { supplier }) }, json);
  if (json) return printJson(done);
  print(
    `event ${printable(done.eventId)} of ${done.supplier} is explained: ${done.approved} of ${done.needed}`,
  );
}

async function give<Name extends GateCommandName>(
  name: Name,
  given: Given<Name>,
  json: boolean,
): Promise<GateCommands[Name]['answer']> {
  return withContext(async (context) => {
    const { Client, Connection } = await import('@temporalio/client');
    const database = await context.database();
    const { connectionOptions, namespace } = await context.temporal();
    const connection = Connection.lazy(connectionOptions);
    try {
      const client = new Client({ connection, namespace, ...(await context.dataConverter()) });
      return await giveCommand({ client, database }, name, given);
    } catch (error) {
      if (error instanceof GateRefused) {
        if (json) printJson({ refused: true, missing: error.missing });
        throw new CommandError(refusalOf(error.missing));
      }
      if (error instanceof GateUnavailable) {
        throw new CommandError(`${error.message}\n\`catalog-sync doctor\` says which.`);
      }
      throw error;
    } finally {
      await connection.close();
    }
  });
}

/** Every missing condition, with its stable word and what to do. */
function refusalOf(missing: readonly Missing[]): string {
  const lines = missing.map(({ condition, detail }) => `  ${condition}: ${detail}`);
  return `The gate refuses; nothing was changed. Missing:\n${lines.join('\n')}`;
}

function listOf(names: readonly string[]): string {
  return names.length > 0 ? names.join(', ') : 'none';
}
