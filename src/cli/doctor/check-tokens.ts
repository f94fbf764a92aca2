import { listTokens } from '../../access/issue-tokens.ts';
import type { Database } from '../../database/client.ts';
import { databaseNow } from '../../database/clock.ts';
import { mustParseTime, seconds } from '../../domain/time.ts';
import { failed, ok, type Check } from './check.ts';

/** Who is told within so many days can still act. */
const SOON_DAYS = 14;
/** So many are named in a line. */
const MOST_NAMED = 10;

/** Tokens that are about to end, and those that never do. One that has ended already is somebody's wish. */
export async function checkTokens(database: Database): Promise<Check> {
  const name = 'tokens';
  const soon = (await databaseNow(database)) + seconds(SOON_DAYS * 86_400);
  const valid = (await listTokens(database)).filter((one) => one.revokedAt === null && !one.expired);
  const ending = valid.filter(({ expiresAt }) => expiresAt !== null && mustParseTime(expiresAt) <= soon);
  const endless = valid.filter(({ expiresAt }) => expiresAt === null);
  const told = [
    ...(ending.length > 0
      ? [`end within ${SOON_DAYS} days: ${named(ending, (one) => ` on ${one.expiresAt?.slice(0, 10)}`)}`]
      : []),
    ...(endless.length > 0 ? [`never end: ${named(endless)}`] : []),
  ];
  if (ending.length > 0) {
    return failed(
      name,
      told.join('; '),
      '`catalog-sync token rotate ID` prints a new secret, and the old one goes on for a while; `token revoke ID` if it is not needed.',
    );
  }
  return ok(
    name,
    told.length > 0 ? told.join('; ') : `${valid.length} valid, none ends within ${SOON_DAYS} days`,
  );
}

type Token = Awaited<ReturnType<typeof listTokens>>[number];

function named(tokens: readonly Token[], more: (token: Token) => string = () => ''): string {
  const names = tokens.slice(0, MOST_NAMED).map((one) => `${one.name} (${one.id})${more(one)}`);
  return names.join(', ') + (tokens.length > MOST_NAMED ? ` and ${tokens.length - MOST_NAMED} more` : '');
}
