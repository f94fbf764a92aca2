/** What the soak sent, and what may be concluded from it alone; nothing here asks the product or shares its code. */
export interface SentEvent {
  tenant: string;
  supplier: string;
  eventId: string;
  sku: string;
  quantity: number;
  /** In µs. */
  updatedAt: bigint;
  /** What has to become of it, whatever happens on the way. */
  fate: 'contest' | 'malformed_sku' | 'clock_drift';
}

export interface Oracle {
  /** Acknowledged, by `nameOf`. */
  events: Map<string, SentEvent>;
  /** Names of events that a person took out. */
  voided: Set<string>;
  /** Asked for, without an answer: what became of it is known by its reason alone. */
  unanswered: Set<string>;
}

export function createOracle(): Oracle {
  return { events: new Map(), voided: new Set(), unanswered: new Set() };
}

export function nameOf(event: { tenant: string; supplier: string; eventId: string }): string {
  return `${event.tenant}/${event.supplier}/${event.eventId}`;
}

export function itemOf(event: { tenant: string; sku: string }): string {
  return `${event.tenant}:${event.sku.trim().toUpperCase()}`;
}

/**
 * What the catalog has to say of each item.
 *
 * @param gone names of events that were pruned: when all that stood before them was voided, they do not come back
 */
export function winnersOf({ events, voided }: Oracle, gone: ReadonlySet<string>): Map<string, SentEvent> {
  const winners = new Map<string, SentEvent>();
  for (const [name, event] of events) {
    if (event.fate !== 'contest' || voided.has(name) || gone.has(name)) continue;
    const best = winners.get(itemOf(event));
    if (!best || beats(event, best)) winners.set(itemOf(event), event);
  }
  return winners;
}

/** The later one; else the lower quantity, the greater supplier, the greater id, these two by their bytes. */
function beats(a: SentEvent, b: SentEvent): boolean {
  if (a.updatedAt !== b.updatedAt) return a.updatedAt > b.updatedAt;
  if (a.quantity !== b.quantity) return a.quantity < b.quantity;
  const bySupplier = Buffer.compare(Buffer.from(a.supplier), Buffer.from(b.supplier));
  return (bySupplier || Buffer.compare(Buffer.from(a.eventId), Buffer.from(b.eventId))) > 0;
}
