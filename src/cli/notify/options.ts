import type { ChannelKind, Owner, Severity } from '../../domain/notify.ts';
import type { AuditOptions } from '../option-values.ts';

/** What `notify add` is given; spans are in seconds. */
export type AddOptions = AuditOptions & {
  kind: ChannelKind;
  to: string;
  owner?: Owner;
  tenant?: string;
  atLeast: Severity;
  smtp?: string;
  from?: string;
  url?: string;
  inconclusive: number;
  publishWaits: number;
  expiresWithin: number;
};
