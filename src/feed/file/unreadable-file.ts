/**
 * The file, or the rest of it, cannot be read. The message is for people: what is wrong, where, and what to do. What
 * was read before may be of a file that was cut, so it is not to count as the whole.
 */
export class UnreadableFile extends Error {
  override name = 'UnreadableFile';
}
