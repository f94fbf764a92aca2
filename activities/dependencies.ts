import type { Seal } from '../src/domain/seal.ts';
import type { Database } from '../src/database/client.ts';
import type { GateSettings } from '../src/gate/settings.ts';
import type { Logger } from '../src/telemetry/logger.ts';
import type { Metrics } from '../src/telemetry/metrics.ts';
import type { Tracing } from '../src/telemetry/tracing/tracing.ts';

/** What activities need of the process that runs them. */
export interface ActivityDependencies {
  database: Database;
  metrics: Metrics;
  /** Undefined: no spans are made. */
  tracing?: Tracing | undefined;
  log: Logger;
  /** Of the inputs of workflows. */
  seal: Seal;
  /** Opens a signing secret that the database keeps encrypted. `context` is what it was sealed for. */
  openSecret(sealed: Uint8Array, context: string): Buffer;
  /** For tenants without a storefront address of their own. */
  defaultStorefront?: { url: string; secret: Buffer; secretBefore?: Buffer } | undefined;
  /** How the launch gate samples and counts; as docs/settings.md says, unless given. */
  gate?: GateSettings;
  /** With a folder for each tenant, below which its feeds' files are; unset: none is read. */
  feedFolder?: string | undefined;
  /** The same for its feeds' keys. */
  feedKeyFolder?: string | undefined;
  /** The console's address, for what links to it. */
  publicUrl?: string | undefined;
  /** What the nightly prune takes away, and where it keeps that; unset: nothing is pruned. */
  retention?: { days: number; archiveDir?: string } | undefined;
  /** The database as whoever prunes may see it; given where something is pruned. */
  pruner?: Database | undefined;
}
