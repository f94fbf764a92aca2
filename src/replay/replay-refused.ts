/** A replay cannot be started as asked; its message says why and what to do. */
export class ReplayRefused extends Error {
  override name = 'ReplayRefused';
}
