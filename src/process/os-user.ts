import os from 'node:os';

/** Who runs this process, for the audit list. */
export function osUser(): string {
  try {
    return os.userInfo().username;
  } catch {
    // A container's user may have a number but no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
