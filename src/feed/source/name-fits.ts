/** Whether a file's name fits a pattern: `*` for any characters, `?` for one. */
export function nameFits(pattern: string, name: string): boolean {
  const literal = (text: string): string => text.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${literal(pattern).replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`, 's').test(name);
}
