/** Whether a file's name fits a pattern: `*` for any characters, `?` for one. */
export function nameFits(pattern: string, name: string): boolean {
  const wanted = Array.from(pattern.replaceAll(/\*+/g, '*'));
  const given = Array.from(name);
  let [at, read] = [0, 0];
  // Only the last asterisk takes more when what follows it does not fit: an expression would try each of them again.
  let star: { at: number; read: number } | undefined;
  while (read < given.length) {
    if (wanted[at] === '*') {
      star = { at, read };
      at += 1;
    } else if (wanted[at] === '?' || wanted[at] === given[read]) {
      at += 1;
      read += 1;
    } else {
      if (!star) return false;
      star.read += 1;
      at = star.at + 1;
      read = star.read;
    }
  }
  if (wanted[at] === '*') at += 1;
  return at === wanted.length;
}
