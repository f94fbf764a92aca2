/** What a storefront has said of a version, or that it has not yet. */
export type Status = 'sending' | 'accepted' | 'rejected' | 'failed';

export interface ModelStorefront {
  name: string;
  place: number;
  open: boolean;
  /** Attempts from this one on, counted from 0, were for it and none that had its name before. */
  countsFrom: number;
  /** What it rejected in those before this one was before it was opened. */
  nosFrom: number;
}

export interface ModelAttempt {
  version: number;
  storefront: string;
  replay: string | undefined;
  status: Status;
}

export interface ModelVersion {
  publication: 'due' | 'withheld' | 'overtaken' | 'accepted' | 'rejected';
}

/** A tenant of one item, its versions counted from 1. */
export interface Model {
  flows: boolean;
  storefronts: ModelStorefront[];
  versions: ModelVersion[];
  /** In the order in which they were begun. */
  attempts: ModelAttempt[];
  /** The version that a replay has had accepted, by the replay's id. */
  replayed: Map<string, number>;
  /** Events that came and wait for their turn, from the oldest to the newest. */
  waiting: string[];
  /** Which of them would stand: the newest that came while the flag let it through. */
  freshest: string | undefined;
  /** Versions from this one on were made less than two seconds ago. */
  youngFrom: number;
}

export interface Try {
  version: number;
  replay: string | undefined;
  failed: readonly string[];
}

export type Verdict =
  | { verdict: 'send'; storefront: string }
  | { verdict: 'withheld' | 'overtaken' | 'postponed' | 'accepted' | 'later' | 'rejected' };

/** What a storefront said of a version; a replay believes only what it was told itself. */
function said(
  model: Model,
  version: number,
  storefront: string,
  replay: string | undefined,
): Status | undefined {
  const all = model.attempts.filter(
    (one) =>
      one.version === version &&
      one.storefront === storefront &&
      (replay === undefined || one.replay === replay) &&
      counts(model, one),
  );
  return (['accepted', 'rejected'] as const).find((status) => all.some((one) => one.status === status));
}

/** Whether what was said is said of the storefront that has the name now, and as it is opened now. */
function counts(model: Model, attempt: ModelAttempt): boolean {
  const storefront = model.storefronts.find(({ name }) => name === attempt.storefront);
  const from = attempt.status === 'rejected' ? storefront?.nosFrom : storefront?.countsFrom;
  return model.attempts.indexOf(attempt) >= (from ?? 0);
}

export function acceptedByAll(model: Model, version: number, replay: string | undefined): boolean {
  const open = model.storefronts.filter((one) => one.open);
  return open.length > 0 && open.every(({ name }) => said(model, version, name, replay) === 'accepted');
}

function nextStorefront(model: Model, { version, replay, failed }: Try): Verdict {
  const open = model.storefronts.filter((one) => one.open);
  if (acceptedByAll(model, version, replay)) return { verdict: 'accepted' };
  const free = open.filter(
    (one) =>
      said(model, version, one.name, replay) === undefined &&
      open
        .filter(({ place }) => place < one.place)
        .every(({ name }) => said(model, version, name, replay) === 'accepted'),
  );
  if (free.length === 0) return { verdict: 'rejected' };
  const lastTry = (name: string): number =>
    model.attempts.findLastIndex((one) => one.version === version && one.storefront === name);
  const [next] = free
    .filter(({ name }) => !failed.includes(name))
    .toSorted((a, b) => a.place - b.place || lastTry(a.name) - lastTry(b.name) || (a.name < b.name ? -1 : 1));
  return next ? { verdict: 'send', storefront: next.name } : { verdict: 'later' };
}

const waits = ({ publication }: ModelVersion): boolean => publication === 'due' || publication === 'withheld';

/** Another version, which overtakes the one before it. */
export function change(model: Model): void {
  const last = model.versions.at(-1);
  if (last && waits(last)) last.publication = 'overtaken';
  model.versions.push({ publication: 'due' });
}

/** An event comes that is newer than all before it, and waits for its turn. */
export function arrive(model: Model, id: string): void {
  model.waiting.push(id);
  if (model.flows) model.freshest = id;
}

/** A waiting event has its turn. What is older than one that was decided makes no version. */
export function decide(model: Model, id: string, newestDecided: string): void {
  model.waiting = model.waiting.filter((one) => one !== id);
  if (model.freshest === id) model.freshest = undefined;
  if (Number(id) > Number(newestDecided)) change(model);
}

/** What becomes of a storefront: flag moved, another one under its name; it is told of what it has not answered. */
export function setStorefront(
  model: Model,
  storefront: ModelStorefront,
  to: { open: boolean; isAnother?: boolean },
): void {
  const now = model.attempts.length;
  if (to.isAnother) storefront.countsFrom = now;
  if (to.isAnother || (to.open && !storefront.open)) storefront.nosFrom = now;
  storefront.open = to.open;
  const last = model.versions.at(-1);
  if (!last || !to.open || waits(last)) return;
  if (said(model, model.versions.length, storefront.name, undefined) === undefined) last.publication = 'due';
}

/** The first version, up to one, from which on nobody was told of any. */
export function firstUntold(model: Model, version: number): number {
  return Math.min(version, 1 + Math.max(0, ...model.attempts.map((one) => one.version)));
}

/** What begin_publish_attempt is to do. */
export function begin(model: Model, attempt: Try): Verdict {
  const { version, replay } = attempt;
  const row = model.versions[version - 1];
  if (!row) throw new Error(`there is no version ${version}`);
  if (version !== model.versions.length) {
    if (waits(row)) row.publication = 'overtaken';
    return { verdict: 'overtaken' };
  }
  const done = replay === undefined ? row.publication === 'accepted' : model.replayed.get(replay) === version;
  if (!done && !(model.flows && model.storefronts.some(({ open }) => open))) {
    if (waits(row)) row.publication = 'withheld';
    return { verdict: 'withheld' };
  }
  const verdict: Verdict = done ? { verdict: 'accepted' } : nextStorefront(model, attempt);
  const isYoung = row.publication === 'due' && firstUntold(model, version) >= model.youngFrom;
  if (verdict.verdict === 'send' && replay === undefined && isYoung && model.freshest !== undefined)
    return { verdict: 'postponed' };
  if (verdict.verdict === 'send') {
    model.attempts.push({ version, replay, storefront: verdict.storefront, status: 'sending' });
  }
  if (verdict.verdict === 'accepted' && !done) {
    row.publication = 'accepted';
    if (replay !== undefined) model.replayed.set(replay, version);
  }
  if (verdict.verdict === 'rejected' && replay === undefined && waits(row)) row.publication = 'rejected';
  return verdict;
}

/** What finish_publish_attempt is to do. */
export function finish(model: Model, attempt: ModelAttempt, status: Status): void {
  attempt.status = status;
  const { version, replay } = attempt;
  const row = model.versions[version - 1];
  if (!row) throw new Error(`there is no version ${version}`);
  if (status === 'accepted' && acceptedByAll(model, version, replay)) {
    row.publication = 'accepted';
    if (replay !== undefined) model.replayed.set(replay, version);
  }
  if (status === 'rejected' && counts(model, attempt) && row.publication !== 'accepted')
    row.publication = 'rejected';
}
