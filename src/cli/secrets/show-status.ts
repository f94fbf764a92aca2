import type { KeyRing } from '../../access/secrets/key-ring.ts';
import { refuseMisfit } from '../../access/secrets/require-keys.ts';
import { readKeyUse } from '../../access/secrets/stored-secrets.ts';
import type { Database } from '../../database/client.ts';
import { withContext } from '../context.ts';
import { columns, print, printJson } from '../output.ts';

export interface KeyStatus {
  /** Null: from before keys had names. */
  key: string | null;
  /** `unreadable` is what no version of ours wrote. */
  is: 'writing' | 'reading' | 'not here' | 'without a name' | 'unreadable';
  suppliers: number;
  storefronts: number;
  feeds: number;
  channels: number;
}

const MEANING: Record<KeyStatus['is'], string> = {
  writing: 'here, writes',
  reading: 'here, reads',
  'not here': 'not here',
  'without a name': 'from before keys had names',
  unreadable: 'in no form that this version reads',
};

/** `secrets status`: how many secrets are under which key. @throws KeysError after that, if the database needs others */
export async function showStatus(json: boolean): Promise<void> {
  await withContext(async (context) => {
    const [keys, database] = [await context.keyRing(), await context.database()];
    const rows = await keyStatus(database, keys);
    if (json) printJson(rows);
    else {
      print(
        columns(
          ['KEY', 'IS', 'SUPPLIER SECRETS', 'STOREFRONT SECRETS', 'FEED SECRETS', 'CHANNEL SECRETS'],
          rows.map(({ key, is, suppliers, storefronts, feeds, channels }) => [
            key ?? '-',
            MEANING[is],
            String(suppliers),
            String(storefronts),
            String(feeds),
            String(channels),
          ]),
        ),
      );
    }
    await refuseMisfit(database, keys);
  });
}

/** The keys here, in their order, and then whatever else the database has. */
export async function keyStatus(database: Database, keys: KeyRing): Promise<KeyStatus[]> {
  const use = await readKeyUse(database);
  const countOf = (wanted: string) => {
    const {
      suppliers = 0,
      storefronts = 0,
      feeds = 0,
      channels = 0,
    } = use.find(({ keyId }) => keyId === wanted) ?? {};
    return { suppliers, storefronts, feeds, channels };
  };
  const here = keys.map(({ id }, index) => ({
    key: id,
    is: index === 0 ? ('writing' as const) : ('reading' as const),
    ...countOf(id),
  }));
  const others = use
    .filter(({ keyId }) => !keys.some(({ id }) => id === keyId))
    .map(({ keyId, suppliers, storefronts, feeds, channels }) => ({
      key: keyId ?? null,
      is: stateOf(keyId),
      ...{ suppliers, storefronts, feeds, channels },
    }));
  return [...here, ...others];
}

function stateOf(keyId: string | null | undefined): KeyStatus['is'] {
  if (keyId === null) return 'without a name';
  return keyId === undefined ? 'unreadable' : 'not here';
}
