import type { Database } from '../../database/client.ts';
import { checkDatabase } from './check-database.ts';
import { checkStorefronts } from './check-storefronts.ts';
import { checkDiskUse } from './check-disk-use.ts';
import { checkKeys } from './check-keys.ts';
import { checkNotifications } from './check-notifications.ts';
import { checkPublishes } from './check-publishes.ts';
import { checkTokens } from './check-tokens.ts';
import { checkTemporal } from './check-temporal.ts';
import { failed, ok, read, reasonOf, skipped, type Check } from './check.ts';
import type { Patient } from './patient.ts';

/** Runs every check, whatever the ones before it said, and tells of each as it ends. */
export async function examine(
  patient: Patient,
  options: { storefront: boolean; onCheck: (check: Check) => void },
): Promise<Check[]> {
  const checks: Check[] = [];
  const add = (...found: Check[]): void => {
    for (const check of found) {
      checks.push(check);
      options.onCheck(check);
    }
  };
  add(checkNode(process.versions.node));
  add(checkSettings(patient));
  const keys = await read(() => patient.keyRing());
  const database = await read(() => patient.database());
  add(
    'value' in keys
      ? await checkKeys(keys.value, 'value' in database ? database.value : undefined)
      : failed('secrets keys', keys.reason, 'Set SECRETS_KEYS, or DATA_DIR to the folder with secrets.key.'),
  );
  const databaseChecks =
    'value' in database
      ? await lookAtDatabase(database.value, patient)
      : [failed('PostgreSQL', 'no address is known', 'Set DATABASE_URL, or run `catalog-sync start`.')];
  add(...databaseChecks);
  add(...(await checkTemporal(await patient.temporal())));
  add(await checkApi(patient.apiUrl));
  if (options.storefront) {
    const basics = databaseChecks.filter(({ name }) => name === 'PostgreSQL' || name === 'migrations');
    const usable = 'value' in keys && 'value' in database && basics.every(({ status }) => status === 'ok');
    add(
      ...(usable
        ? await checkStorefronts(patient, database.value, keys.value)
        : [skipped('storefronts', 'they need the secrets keys and the database')]),
    );
  }
  return checks;
}

async function lookAtDatabase(
  database: Database,
  { settings, defaultStorefrontUrl }: Pick<Patient, 'settings' | 'defaultStorefrontUrl'>,
): Promise<Check[]> {
  const checks = await checkDatabase(database);
  if (checks.some(({ name, status }) => name === 'migrations' && status === 'ok')) {
    checks.push(...(await checkPublishes(database, defaultStorefrontUrl)));
    checks.push(await checkDiskUse(database, settings));
    checks.push(await checkTokens(database));
    checks.push(...(await checkNotifications(database)));
  }
  return checks;
}

function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 20 || (major === 20 && minor >= 19)
    ? ok('Node.js', version)
    : failed('Node.js', `${version} is too old`, 'Install Node.js 20.19 or newer.');
}

function checkSettings({ settings, startedAt }: Patient): Check {
  const given = [...settings.given].toSorted();
  const found = startedAt === undefined ? 'no start runs on DATA_DIR' : `start runs since ${startedAt}`;
  return ok('settings', `${given.length > 0 ? given.join(', ') : 'all by default'}; ${found}`);
}

async function checkApi(apiUrl: string): Promise<Check> {
  try {
    const response = await fetch(`${apiUrl}/healthz`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(3_000),
    });
    await response.body?.cancel();
    if (response.ok) return ok('API', apiUrl);
    return failed(
      'API',
      `${apiUrl}/healthz answers ${response.status}`,
      'See that PORT and HOST are those of the API.',
    );
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    return failed(
      'API',
      `${apiUrl}: ${reasonOf(cause)}`,
      'Start it: `catalog-sync server`; or set HOST and PORT.',
    );
  }
}
