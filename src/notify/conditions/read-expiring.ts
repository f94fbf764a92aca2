import type { Transaction } from '../../database/client.ts';
import type { Condition } from '../../domain/notify.ts';
import { formatTime } from '../../domain/time.ts';
import { pages } from '../pages.ts';

interface Row {
  what: 'token' | 'supplier' | 'storefront';
  tenant: string | null;
  name: string;
  id: string;
  ends_us: bigint;
}

/** What ended so long ago is told to nobody any more, in µs. */
const FORGOTTEN = 7n * 86_400_000_000n;

/** Tokens and signing secrets that have an end; those that will never end, and that are revoked, are left out. */
export async function readExpiring(database: Pick<Transaction, '$queryRaw'>): Promise<Condition[]> {
  const rows = await database.$queryRaw<Row[]>`
    SELECT 'token' AS what, t.tenant_id AS tenant, t.name, t.id, t.expires_at_us AS ends_us
      FROM api_token t
     WHERE t.revoked_at_us IS NULL AND t.expires_at_us > now_us() - ${FORGOTTEN}
    UNION ALL
    SELECT 'supplier', s.tenant_id, s.supplier_id, s.id::text, s.expires_at_us
      FROM supplier_secret s WHERE s.expires_at_us > now_us() - ${FORGOTTEN}
    UNION ALL
    SELECT 'storefront', f.tenant_id, f.name, f.tenant_id || '/' || f.name, f.secret_before_until_us
      FROM storefront f WHERE f.secret_before_until_us > now_us() - ${FORGOTTEN}
     ORDER BY 1, 2, 4`;
  return rows.map(({ what, tenant, name, id, ends_us: since }) => {
    const shared = { tenant, severity: 'ticket', owner: 'Platform', since } as const;
    const ends = formatTime(since);
    // Renewed it ends at another time, and is another thing.
    const key = `${what}/${id}/${since}`;
    if (what === 'token') {
      const subject = `token ${name} (${id})`;
      return { ...shared, key, kind: 'token_expiring', subject, detail: `It ends at ${ends}.`, page: null };
    }
    const whose = `${name} of ${tenant ?? ''}`;
    return {
      ...shared,
      key,
      kind: 'secret_expiring',
      subject: what === 'supplier' ? `secret of supplier ${whose}` : `former secret of storefront ${whose}`,
      detail: `It ends at ${ends}; what is signed with it alone is refused from then on.`,
      page:
        tenant === null
          ? null
          : what === 'supplier'
            ? pages.supplier(tenant, name)
            : pages.storefronts(tenant),
    };
  });
}
