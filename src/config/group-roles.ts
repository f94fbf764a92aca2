import { NAME } from '../domain/identity.ts';
import { isRole, mayAct, type Role } from '../domain/roles.ts';

/** What somebody may who is in a group of the single sign-on. */
export interface GroupRole {
  group: string;
  role: Role;
  /** Null: every tenant. */
  tenant: string | null;
}

/**
 * Reads `catalog-admins=admin,shop-a-support=support:shop-a`. A comma or percent sign of a group's name is
 * percent-encoded.
 *
 * @throws RangeError that says what is wrong
 */
export function parseGroupRoles(text: string): GroupRole[] {
  return text.split(',').map((part) => {
    const [, name = '', role = '', tenant] = /^(.+)=([a-z]+)(?::([a-z0-9-]+))?$/.exec(part.trim()) ?? [];
    const group = decoded(name.trim());
    if (
      group === undefined ||
      group === '' ||
      !isRole(role) ||
      // Its supplier would be missing.
      role === 'supplier' ||
      (tenant !== undefined && !NAME.test(tenant))
    ) {
      throw new RangeError(
        `has ${JSON.stringify(part.trim())}; each part is GROUP=ROLE or GROUP=ROLE:TENANT, such as catalog-admins=admin`,
      );
    }
    return { group, role, tenant: tenant ?? null };
  });
}

/**
 * What a person may: the greatest role of all their groups; of equal ones that for every tenant, else the first that is
 * written. Undefined: none of the groups lets anybody in.
 */
export function roleOfGroups(roles: readonly GroupRole[], groups: readonly string[]): GroupRole | undefined {
  let best: GroupRole | undefined;
  for (const one of roles) {
    if (!groups.includes(one.group)) continue;
    const same = best?.role === one.role;
    if (!best || (same ? best.tenant !== null && one.tenant === null : mayAct(one.role, best.role)))
      best = one;
  }
  return best;
}

function decoded(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch {
    return undefined;
  }
}
