import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, eventsPath, NOW, type Api } from './api.ts';

const run = promisify(execFile);

/** The specification's own library for Python; its three other dependencies are not needed to sign. */
const LIBRARY = 'standardwebhooks==1.0.1';

/** Signs with the library and posts with Python's own HTTP client, as a supplier might. */
const SUPPLIER_IN_PYTHON = `
import datetime, json, sys, urllib.error, urllib.request
from standardwebhooks import Webhook
order = json.load(sys.stdin)
at = datetime.datetime.fromtimestamp(order["seconds"], tz=datetime.timezone.utc)
body = json.dumps(order["body"], ensure_ascii=False)
request = urllib.request.Request(order["url"], data=body.encode("utf-8"), method="POST", headers={
    "content-type": "application/json",
    "webhook-id": order["id"],
    "webhook-timestamp": str(order["seconds"]),
    "webhook-signature": Webhook(order["secret"]).sign(order["id"], at, body),
})
try:
    answer = urllib.request.urlopen(request)
except urllib.error.HTTPError as error:
    answer = error
print(json.dumps({"status": answer.status, "body": json.load(answer)}))
`;

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0;

describe.skipIf(!hasPip)('a supplier with the Python reference library', () => {
  let api: Api;
  let port: number;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'standardwebhooks-'));
    api = await startApi();
    port = await api.listen();
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', folder, LIBRARY]);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await api?.close();
  });

  async function post(secret: string, body: unknown): Promise<{ status: number; body: { code?: string } }> {
    const supplier = run('python3', ['-c', SUPPLIER_IN_PYTHON], {
      env: { ...process.env, PYTHONPATH: folder },
    });
    const url = `http://127.0.0.1:${port}${eventsPath()}`;
    supplier.child.stdin?.end(
      JSON.stringify({ secret, body, url, id: 'msg_py', seconds: Number(NOW / 1_000_000n) }),
    );
    return JSON.parse((await supplier).stdout);
  }

  it('is understood, with characters beyond ASCII too', async () => {
    const event = { sku: 'stühle-椅子-😀', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };
    expect(await post(api.shownSecret, event)).toMatchObject({
      status: 202,
      body: { results: [{ eventId: 'msg_py', status: 'accepted' }] },
    });
    expect(await api.database.supplierEvent.findMany()).toMatchObject([{ sku: event.sku, quantity: 5 }]);
  });

  it('is refused with another secret', async () => {
    const answer = await post(`whsec_${Buffer.alloc(32, 7).toString('base64')}`, {});
    expect([answer.status, answer.body.code]).toEqual([401, 'not_signed']);
  });
});
