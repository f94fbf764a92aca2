import type { AddressRange } from '../../config/address-ranges.ts';

/** What one server process bears; docs/settings.md says what each is for. */
export interface ServerLimits {
  /** Connections open at once: in all, and of one address. */
  connections: number;
  connectionsPerAddress: number;
  /** From a connection's or request's beginning to the end of its headers, and to that of its body. */
  headerSeconds: number;
  requestSeconds: number;
  /** Bytes of bodies that are kept at once; a quarter of them for one address. */
  bodyBytesInFlight: number;
  /** Signed requests of a supplier without a limit of its own; 0: without a limit. */
  supplierRequestsPerMinute: number;
  /** Requests of an address: deliveries, and all others, each for themselves; 0: without a limit. */
  addressRequestsPerMinute: number;
  /** 401s of an address, counted in the same way; 0: without a limit. */
  refusalsPerMinute: number;
  /** Reads that are worked on at once: of a token, of a tenant, in all. */
  readsPerToken: number;
  readsPerTenant: number;
  readsAtOnce: number;
  /** Streams of changes that are open at once, of a token, of a tenant and in all, and how long one lasts. */
  streamsPerToken: number;
  streamsPerTenant: number;
  streamsAtOnce: number;
  streamSeconds: number;
  /** Whose X-Forwarded-For is believed. */
  trustedProxies: readonly AddressRange[];
}

export const DEFAULT_LIMITS: ServerLimits = {
  connections: 2_000,
  connectionsPerAddress: 200,
  headerSeconds: 5,
  requestSeconds: 10,
  bodyBytesInFlight: 64 * 1024 * 1024,
  supplierRequestsPerMinute: 6_000,
  addressRequestsPerMinute: 12_000,
  refusalsPerMinute: 300,
  readsPerToken: 2,
  readsPerTenant: 3,
  readsAtOnce: 4,
  streamsPerToken: 2,
  streamsPerTenant: 4,
  streamsAtOnce: 32,
  streamSeconds: 300,
  trustedProxies: [],
};
