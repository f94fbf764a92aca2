import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { GateCommandRef, OpenCanaryCommand } from '../../src/domain/gate-command.ts';
import { gateWorkflowId } from '../../src/domain/identity.ts';
import { GateRefused } from '../../src/gate/carry-out.ts';
import { giveCommand, GateUnavailable } from '../../src/gate/give-command.ts';
import { readGiven } from '../../src/gate/given-commands.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { testProduct, type Product } from '../support/product.ts';
import { answerUpdates, type Invented } from '../workflows/rogue-updates.ts';
import { closedTenant, confirmAll, refusalOf } from './launch.ts';

let product: Product;
let tenant: string;
let no = 0;
let end: (() => Promise<void>) | undefined;

beforeAll(async () => {
  product = await testProduct();
});
afterAll(() => product?.close());
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(product.database, tenant, ['acme']);
});
afterEach(async () => {
  await end?.();
  end = undefined;
});

/** Somebody answers in the gate's place. */
async function gateSays(invent: (ref: GateCommandRef) => Promise<Invented> | Invented): Promise<void> {
  end = await answerUpdates(
    product.client,
    { type: 'launchGate', workflowId: gateWorkflowId(tenant) },
    async (update) => invent(update as GateCommandRef),
  );
}
const give = () =>
  giveCommand(product, 'openCanary', { tenant, actor: 'ada', reason: 'release', suppliers: ['acme'] });
/** As a worker of ours does, whoever asks it to. */
async function carryOut(ref: GateCommandRef) {
  const database = product.as('worker');
  return openCanary(database, await readGiven<OpenCanaryCommand>(database, 'openCanary', ref));
}
const state = async () => (await product.database.tenant.findUniqueOrThrow({ where: { id: tenant } })).state;
const done = (): Invented => ({ success: { tenant, state: 'canary', opened: ['acme'], closed: [] } });
const refused = (): Invented => ({
  failure: { type: 'GateRefused', message: 'no', details: [{ condition: 'mine', detail: 'because' }] },
});

describe('an answer of a gate that is not ours', () => {
  it.each([
    ['success', done],
    ['a refusal', refused],
  ])(
    'is not believed when it is %s and nothing was done, and the command is never carried out',
    async (_what, answer) => {
      await confirmAll(product.database, tenant);
      const asked: GateCommandRef[] = [];
      await gateSays((ref) => {
        asked.push(ref);
        return answer();
      });
      await expect(give()).rejects.toBeInstanceOf(GateUnavailable);
      expect(asked).toHaveLength(1);
      for (const ref of asked) expect(await refusalOf(carryOut(ref))).toEqual(['in_time']);
      expect(await state()).toBe('closed');
    },
  );

  it('is not believed when it is a refusal of what was done', async () => {
    await confirmAll(product.database, tenant);
    await gateSays(async (ref) => {
      await carryOut(ref);
      return refused();
    });
    expect(await give()).toEqual({ tenant, state: 'canary', opened: ['acme'], closed: [] });
    expect(await state()).toBe('canary');
  });

  it('is not believed when it is success of what was refused, and the refusal is final', async () => {
    const asked: GateCommandRef[] = [];
    await gateSays(async (ref) => {
      asked.push(ref);
      await carryOut(ref).catch(() => undefined);
      return done();
    });
    const refusal: unknown = await give().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(GateRefused);
    expect((refusal as GateRefused).missing.map(({ condition }) => condition)).toContain(
      'checklist_dashboard',
    );
    await confirmAll(product.database, tenant);
    expect(asked).toHaveLength(1);
    for (const ref of asked) expect(await refusalOf(carryOut(ref))).toContain('checklist_dashboard');
    expect(await state()).toBe('closed');
  });
});
