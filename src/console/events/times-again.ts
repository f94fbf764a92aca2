/** How often an event's id came again: with the same content, and with another, which was refused. */
export function timesAgain(duplicates: number, conflicts: number): string {
  const parts = [
    duplicates > 0 && `came ${times(duplicates)} again`,
    conflicts > 0 && `came ${times(conflicts)} with another content: refused`,
  ];
  return parts.filter((part) => part !== false).join('; ');
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count.toLocaleString()} times`;
}
