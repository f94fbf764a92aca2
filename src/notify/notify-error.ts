/** Something that a person asked of a channel cannot be done; the message says why. */
export class NotifyError extends Error {
  override name = 'NotifyError';
}

/** A message did not come to whom it was for. The message of the error is printable and holds no secret. */
export class NotSent extends Error {
  override name = 'NotSent';
}
