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
Applies the migrations to DATABASE_URL, and registers the search attributes in
the Temporal namespace. Run it before each new version; running it again changes
nothing.`,
    )
    .action((_options: unknown, command: Command) =>
      withContext(async (context) => {
        const [{ migrate }, { Connection }, { registerSearchAttributes }] = await Promise.all([
          import('../../database/migrate.ts'),
          import('@temporalio/client'),
          import('../../temporal/search-attributes.ts'),
        ]);
        note('applying the migrations');
        await migrate(context.databaseUrl());
        const { connectionOptions, namespace } = await context.temporal();
        note(`registering search attributes at ${connectionOptions.address}, namespace ${namespace}`);
        const connection = await Connection.connect(connectionOptions);
        try {
          const added = await registerSearchAttributes(connection, namespace);
          note(added.length > 0 ? `registered ${added.join(', ')}` : 'all were registered');
          if (wantsJson(command)) printJson({ migrated: true, searchAttributesAdded: added });
        } finally {
          await connection.close();
        }
      }),
    );
}
