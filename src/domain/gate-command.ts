import type { TenantState } from './flags.ts';
import type { Origin } from './origin.ts';

/** What goes through Temporal of a command: which row of the database it is. */
export interface GateCommandRef {
  /** Makes the command safe to send again. */
  requestId: string;
  tenant: string;
}

/** What every command of the gate carries. */
export interface GateCommand extends GateCommandRef {
  /** Who asks, for the audit list. */
  actor: string;
  /** By whose right, and by which way. */
  origin?: Origin | undefined;
  /** RFC 3339, by the database's clock. Whoever asked has gone away by then, so nothing may change any more. */
  expiresAt: string;
}

export interface OpenCanaryCommand extends GateCommand {
  /** To open; the others are closed. */
  suppliers: string[];
  reason: string;
}

export interface WidenSupplierCommand extends GateCommand {
  supplier: string;
  reason: string;
}

export interface ApproveTraceCommand extends GateCommand {
  /** May be left out when one sampled update has this id. */
  supplier?: string;
  eventId: string;
  explanation: string;
}

export interface OpenedCanary {
  tenant: string;
  state: 'canary';
  opened: string[];
  closed: string[];
}

export interface WidenedSupplier {
  tenant: string;
  /** `open` when it was the last one. */
  state: TenantState;
  supplier: string;
  /** Suppliers that are still closed. */
  closed: string[];
}

export interface ApprovedTrace {
  tenant: string;
  supplier: string;
  eventId: string;
  /** Of the watch's sampled updates. */
  approved: number;
  needed: number;
}

/** The type of the failure that a refused command ends with; its details are the missing conditions. */
export const GATE_REFUSED = 'GateRefused';

/** What the gate's workflow is started with, and starts anew with. */
export interface LaunchGateInput {
  tenant: string;
}

/** What the gate's workflow learns from a sample. */
export interface GateSampled {
  state: TenantState;
  /** In a line, for the Web UI. */
  says: string;
  /** Until the next sample, in ms. */
  pauseMs: number;
}
