import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addToken, listTokens, revokeToken } from '../../src/access/issue-tokens.ts';
import { findPrincipal, TokenEndedError } from '../../src/access/tokens.ts';
import { renewDemoToken } from '../../src/start/demo-token.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
let folder: string;

beforeAll(async () => {
  test = await testDatabase();
  folder = mkdtempSync(path.join(tmpdir(), 'demo-token-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await test?.drop();
});

const renew = (): Promise<string> => renewDemoToken(test.database, folder);
const isGood = async (token: string): Promise<boolean> =>
  (await findPrincipal(test.database, token).catch(ended))?.role === 'viewer';
const idOf = (token: string): string => token.split('_')[1] ?? '';

describe("the demo storefront's token", () => {
  it('has an end and an audit entry, and stays the same token from start to start, with another secret', async () => {
    const first = await renew();
    expect(await isGood(first)).toBe(true);
    const second = await renew();
    expect([await isGood(first), await isGood(second), idOf(second)]).toEqual([false, true, idOf(first)]);
    const tokens = await listTokens(test.database);
    expect(tokens).toEqual([expect.objectContaining({ id: idOf(first), expiresAt: expect.any(String) })]);
    const entries = await test.database.auditEntry.findMany({ orderBy: { id: 'asc' } });
    expect(entries.map(({ action, subject }) => [action, subject])).toEqual([
      ['token.add', `token/${idOf(first)}`],
      ['token.rotate', `token/${idOf(first)}`],
    ]);
  });

  it("leaves somebody's token of the same name as it is", async () => {
    const other = await addToken(test.database, {
      role: 'viewer',
      name: 'demo storefront of start',
      actor: 'ada',
    });
    await renew();
    expect(await isGood(other.token)).toBe(true);
  });

  it('is another one when it was revoked, or when the database does not know it', async () => {
    const before = await renew();
    await revokeToken(test.database, { id: idOf(before), actor: 'ada' });
    const after = await renew();
    expect([await isGood(before), await isGood(after)]).toEqual([false, true]);
    writeFileSync(path.join(folder, 'demo-token'), 'ffffffffffffffff\n');
    const anew = await renew();
    expect(await isGood(anew)).toBe(true);
    expect(readFileSync(path.join(folder, 'demo-token'), 'utf8')).toBe(`${idOf(anew)}\n`);
  });
});

function ended(error: unknown): undefined {
  if (!(error instanceof TokenEndedError)) throw error;
}
