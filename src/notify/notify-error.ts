/** Something that a person asked of a channel cannot be done; the message says why. */
export class NotifyError extends Error {
  override name = 'NotifyError';
}

/** A message did not come to whom it was for. The message of the error is printable and holds no secret. */
export class NotSent extends Error {
  override name: string = 'NotSent';
}

/** A receiver will never take this message, however often it is sent; what comes after it may be taken. */
export class RefusedForGood extends NotSent {
  override name = 'RefusedForGood';
}
