import { PROCESS_ROLES, type ProcessRole } from '../../src/database/roles.ts';

/** In the test run's PostgreSQL each role signs in with its name. */
export const PASSWORDS = Object.fromEntries(PROCESS_ROLES.map((role) => [role, role])) as Record<
  ProcessRole,
  string
>;
