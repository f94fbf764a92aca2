/**
 * From the least to the most: each role may do what those before it may. `supplier` is bound to one supplier of a tenant,
 * and sees what is its own alone.
 */
export const ROLES = ['supplier', 'viewer', 'support', 'operator', 'admin'] as const;

export type Role = (typeof ROLES)[number];

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** Whether somebody with the role `held` may do what needs `needed`. */
export function mayAct(held: Role, needed: Role): boolean {
  return ROLES.indexOf(held) >= ROLES.indexOf(needed);
}

/** What is wrong with whose things a role is to see: those of `supplier` are one supplier's, any other's are nobody's. */
export function faultOfScope({
  role,
  tenant,
  supplier,
}: {
  role: Role;
  tenant?: string | undefined;
  supplier?: string | undefined;
}): string | undefined {
  if (role !== 'supplier') {
    return supplier === undefined ? undefined : `The role ${role} is for no single supplier: leave it out.`;
  }
  if (tenant !== undefined && supplier !== undefined) return undefined;
  return 'The role supplier is for one supplier: name it, and its tenant.';
}
