import type { Command } from 'commander';
import { withContext } from '../context.ts';
import { note, printJson, wantsJson } from '../output.ts';

export function register(program: Command): void {
  program
    .command('setup')
    .description('bring the database and Temporal to what this version needs')
    .addHelpText(
      'after',
      `
Applies the migrations to DATABASE_URL, makes the database roles and their
rights, registers the search attributes in the Temporal namespace, and makes the
schedules there (samples of the launch gate, the nightly prune). Run it before
each new version, and after GATE_SAMPLE_SECONDS has changed; running it again
changes nothing, and what runs goes on meanwhile. A database of an earlier
version, or one whose migrations were altered, is refused. One that a later
version has set up is left as it is.
Functions, triggers, policies and grants that are not ours are named.`,
    )
    .action((_options: unknown, command: Command) =>
      withContext(async (context) => {
        const [
          { migrate },
          { alteredParts },
          { connectClient },
          { registerSearchAttributes },
          { ensureSchedules },
        ] = await Promise.all([
          import('../../database/migrate.ts'),
          import('../../database/altered-parts.ts'),
          import('../../temporal/connect.ts'),
          import('../../temporal/search-attributes.ts'),
          import('../../temporal/schedules.ts'),
        ]);
        note('applying the migrations');
        const migrated = await migrate(context.databaseUrl());
        if (!migrated)
          note('a later version has set the database up: its tables and rights are left as they are');
        const altered = migrated ? await alteredParts(await context.signedInDatabase()) : [];
        for (const finding of altered) note(`warning: in the database, ${finding}`);
        const { connectionOptions, namespace } = await context.temporal();
        note(`registering search attributes at ${connectionOptions.address}, namespace ${namespace}`);
        const connection = await connectClient(connectionOptions);
        try {
          const added = await registerSearchAttributes(connection, namespace);
          note(added.length > 0 ? `registered ${added.join(', ')}` : 'all were registered');
          const schedules = await ensureSchedules(
            connection,
            namespace,
            context.settings.GATE_SAMPLE_SECONDS,
          );
          note(`scheduled ${schedules.join(', ')}`);
          if (wantsJson(command)) printJson({ migrated, altered, searchAttributesAdded: added, schedules });
        } finally {
          await connection.close();
        }
      }),
    );
}
