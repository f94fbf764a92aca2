/** A cursor is none, or of another tenant; the message says which. */
export class CursorRefusedError extends Error {
  override name = 'CursorRefusedError';
}

/** From a cursor nobody can go on any more without missing something; the message says what happened. */
export class CursorGoneError extends Error {
  override name = 'CursorGoneError';
}
