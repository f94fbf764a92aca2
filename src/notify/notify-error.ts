/** Something that a person asked of a channel cannot be done; the message says why. */
export class NotifyError extends Error {
  override name = 'NotifyError';
}

/** A message did not come to whom it was for. The message of the error is printable and holds no secret. */
export class NotSent extends Error {
  override name: string = 'NotSent';
}

/** What became of a mail's addresses, by their places from 1 on. */
export interface AddressesSettled {
  takenBy: readonly number[];
  /** For good. */
  refusedBy: readonly number[];
  /** How many may still take it. */
  left: number;
}

/** Not all of a mail's addresses took it; those that did, or never will, are not told again. */
export class PartlySent extends NotSent {
  override name = 'PartlySent';
  readonly settled: AddressesSettled;

  constructor(message: string, settled: AddressesSettled) {
    super(message);
    this.settled = settled;
  }
}

/** A receiver will never take this message, however often it is sent; what comes after it may be taken. */
export class RefusedForGood extends NotSent {
  override name = 'RefusedForGood';
}
