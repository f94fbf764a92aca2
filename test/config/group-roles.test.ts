import { describe, expect, it } from 'vitest';
import { parseGroupRoles, roleOfGroups } from '../../src/config/group-roles.ts';

describe('groups and roles', () => {
  it('are read with their tenants; names may hold what other programs put there', () => {
    expect(parseGroupRoles('catalog-admins=admin, shop-a-support=support:shop-a')).toEqual([
      { group: 'catalog-admins', role: 'admin', tenant: null },
      { group: 'shop-a-support', role: 'support', tenant: 'shop-a' },
    ]);
    expect(parseGroupRoles('cn=ops%2Cdc=example=operator,/team/Über uns=viewer,50%25=viewer')).toEqual([
      { group: 'cn=ops,dc=example', role: 'operator', tenant: null },
      { group: '/team/Über uns', role: 'viewer', tenant: null },
      { group: '50%', role: 'viewer', tenant: null },
    ]);
  });

  it.each([
    '',
    'admins',
    'admins=',
    '=admin',
    'admins=king',
    'acme=supplier:shop',
    'admins=admin:',
    'a=admin:Shop',
    'a=admin,',
    '50%=viewer',
  ])('are refused when one is not right: %j', (text) => {
    expect(() => parseGroupRoles(text)).toThrow(/each part is GROUP=ROLE/);
  });

  it('give the greatest role; of equal ones that for all tenants, else the first; without a group none', () => {
    const roles = parseGroupRoles('a=viewer,b=support:shop,c=support:other,d=support,e=admin:shop');
    const of = (...groups: string[]) => {
      const best = roleOfGroups(roles, groups);
      return best && [best.role, best.tenant];
    };
    expect(of('a', 'b')).toEqual(['support', 'shop']);
    expect(of('c', 'b')).toEqual(['support', 'shop']);
    expect(of('b', 'c', 'd')).toEqual(['support', null]);
    expect(of('d', 'b')).toEqual(['support', null]);
    expect(of('d', 'e', 'a')).toEqual(['admin', 'shop']);
    expect(of('A', 'toString', '')).toBeUndefined();
    expect(of()).toBeUndefined();
  });
});
