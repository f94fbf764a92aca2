import type { FastifyInstance } from 'fastify';
import { mayAct } from '../domain/roles.ts';
import { withoutNetworkDetail } from '../storefront/reason.ts';

/**
 * Why a storefront could not be reached, in full, is for those who mend it. Whoever only looks is told that it could not:
 * reasons come to them in traces, sweeps, signals and lists, so it is taken out of the finished answer.
 */
export function coarsenReasons(app: FastifyInstance): void {
  app.addHook('onSend', async ({ principal }, _reply, payload) => {
    if (typeof payload !== 'string' || principal === null || mayAct(principal.role, 'operator'))
      return payload;
    return withoutNetworkDetail(payload);
  });
}
