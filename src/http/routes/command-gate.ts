import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { auditedBy } from '../audited-by.ts';
import { NAME } from '../../domain/identity.ts';
import { CHECKLIST } from '../../domain/checklist.ts';
import { FlagError } from '../../flags/set-state.ts';
import { GateRefused } from '../../gate/carry-out.ts';
import type { Database } from '../../database/client.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { confirmChecklist, EvidenceRefused } from '../../gate/checklist.ts';
import { readGate } from '../../gate/read-gate.ts';
import { giveCommand, GateUnavailable, type GateCommandName, type Given } from '../../gate/give-command.ts';
import { rollBack } from '../../gate/roll-back.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import {
  approveRequestSchema,
  confirmRequestSchema,
  gateStatusSchema,
  openRequestSchema,
  rollbackAnswerSchema,
  rollbackRequestSchema,
  widenRequestSchema,
} from './gate-schema.ts';

const params = z.object({ tenant: z.string() });
const answer = {
  200: gateStatusSchema.describe('It is done; where the launch stands now.'),
  ...problemResponse,
};

/**
 * The gate's commands. What opens something goes through the tenant's gate workflow; what closes something, and the
 * checklist, need PostgreSQL only.
 */
export function registerCommandGate(app: FastifyInstance, { temporal }: ServerDependencies): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/v1/tenants/:tenant/gate/open',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Open the canary: these suppliers flow, the others are held',
        params,
        body: openRequestSchema,
        response: answer,
      },
    },
    async ({ id, ip, params: { tenant }, body, principal, database, reads }) => {
      const given = { ...body, tenant, ...auditedBy({ id, ip, principal }) };
      await give({ temporal, database }, 'openCanary', given);
      return readGate(reads, tenant);
    },
  );

  routes.post(
    '/v1/tenants/:tenant/gate/widen',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Open one more supplier; with the last one the tenant is open',
        params,
        body: widenRequestSchema,
        response: answer,
      },
    },
    async ({ id, ip, params: { tenant }, body, principal, database, reads }) => {
      const given = { ...body, tenant, ...auditedBy({ id, ip, principal }) };
      await give({ temporal, database }, 'widenSupplier', given);
      return readGate(reads, tenant);
    },
  );

  routes.post(
    '/v1/tenants/:tenant/gate/approve-trace',
    {
      config: { role: 'support' },
      schema: {
        summary: 'Record that support has explained an update that the gate sampled',
        params,
        body: approveRequestSchema,
        response: answer,
      },
    },
    async ({ id, ip, params: { tenant }, body, principal, database, reads }) => {
      const given = { ...body, tenant, ...auditedBy({ id, ip, principal }) };
      await give({ temporal, database }, 'approveTrace', given);
      return readGate(reads, tenant);
    },
  );

  routes.post(
    '/v1/tenants/:tenant/gate/rollback',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Close the tenant, or one supplier, at once',
        params,
        body: rollbackRequestSchema,
        response: { 200: rollbackAnswerSchema, ...problemResponse },
      },
    },
    async ({ id, ip, principal, database, params: { tenant }, body: { supplier, reason } }) => {
      const wanted = {
        tenant,
        reason,
        ...auditedBy({ id, ip, principal }),
        ...(supplier !== undefined && { supplier }),
      };
      if (!NAME.test(tenant) || (supplier !== undefined && !NAME.test(supplier))) {
        throw new ProblemError('not_found');
      }
      return rollBack(database, wanted).catch((error: unknown) => {
        throw error instanceof FlagError ? new ProblemError('not_found', { detail: error.message }) : error;
      });
    },
  );

  routes.put(
    '/v1/tenants/:tenant/gate/checklist/:name',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Confirm one of the five conditions, with its evidence',
        params: params.extend({ name: z.string() }),
        body: confirmRequestSchema,
        response: answer,
      },
    },
    async ({ id, ip, params: { tenant, name: asked }, body, principal, database, reads }) => {
      const name = CHECKLIST.find((one) => one === asked);
      if (!NAME.test(tenant) || name === undefined) throw new ProblemError('not_found');
      const replaysOf = principal?.tenant ?? undefined;
      const confirmation = { ...body, tenant, name, ...auditedBy({ id, ip, principal }), replaysOf };
      await confirmChecklist(database, confirmation).catch((error: unknown) => {
        throw error instanceof EvidenceRefused
          ? new ProblemError('evidence_refused', { detail: error.message })
          : error;
      });
      return readGate(reads, tenant);
    },
  );
}

/** Another tenant's things, and unknown ones, are not found before anything is asked of the gate. */
async function give<Name extends GateCommandName>(
  { database, temporal }: { database: Database; temporal: ServerDependencies['temporal'] | undefined },
  name: Name,
  given: Given<Name>,
): Promise<void> {
  await knownTenant(database, given.tenant);
  try {
    if (!temporal) throw new GateUnavailable('This server was started without Temporal.');
    await giveCommand({ client: temporal, database }, name, given);
  } catch (error) {
    if (error instanceof GateRefused) {
      throw new ProblemError('gate_refused', { detail: error.message, missing: [...error.missing] });
    }
    if (error instanceof GateUnavailable) {
      throw new ProblemError('gate_unavailable', { detail: error.message, retryAfter: RETRY_AFTER });
    }
    throw error;
  }
}

/** In seconds. */
const RETRY_AFTER = 15;
