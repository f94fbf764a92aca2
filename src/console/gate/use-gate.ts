import { useEffect } from 'preact/hooks';
import { api, get } from '../api/request.ts';
import type { GateStatus } from '../api/types.ts';
import { useLoaded, type Loaded } from '../state/use-loaded.ts';
import { onGateChanged } from './gate-changed.ts';

const EVERY_MS = 10_000;

/** Where a tenant's launch stands, kept up to date. */
export function useGate(tenant: string): Loaded<GateStatus> {
  const path = api`/v1/tenants/${tenant}/gate`;
  const gate = useLoaded(
    path,
    (signal) => get<GateStatus>(path, signal),
    () => EVERY_MS,
  );
  useEffect(() => onGateChanged(gate.reload), [gate.reload]);
  return gate;
}
