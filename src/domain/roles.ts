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
