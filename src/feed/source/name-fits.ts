/** Whether a file's name fits a pattern: `*` for any characters, `?` for one. */
export function nameFits(pattern: string, name: string): boolean {
  return new RegExp(`^${literal(pattern).replaceAll(/\*+/g, '.*').replaceAll('?', '.')}$`, 's').test(name);
}

function literal(text: string): string {
  return text.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`);
}
