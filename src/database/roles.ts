/** Who may be in the database; each is a role of PostgreSQL there. docs/database-roles.md says what each is for. */
export const DATABASE_ROLES = [
  'owner',
  'server',
  'tenant',
  'supplier',
  'reader',
  'worker',
  'operator',
  'pruner',
] as const;
export type DatabaseRole = (typeof DATABASE_ROLES)[number];

/** Those that a process signs in as: the HTTP server, a worker, and the commands that people give. */
export const PROCESS_ROLES = ['server', 'worker', 'operator'] as const satisfies readonly DatabaseRole[];
export type ProcessRole = (typeof PROCESS_ROLES)[number];

/** As what else a role may work for a while. None of them inherits the other's rights. */
export const MAY_BECOME: readonly { role: DatabaseRole; other: DatabaseRole }[] = [
  { role: 'server', other: 'tenant' },
  { role: 'server', other: 'supplier' },
  { role: 'server', other: 'reader' },
  { role: 'worker', other: 'pruner' },
  { role: 'operator', other: 'pruner' },
];

/** The name in PostgreSQL, where roles belong to the whole cluster. */
export function roleName(role: DatabaseRole): string {
  return `catalog_sync_${role}`;
}
