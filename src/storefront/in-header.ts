/** A value as a header can hold it: what is not visible ASCII is percent-encoded, and so is the per cent sign. */
export function inHeader(value: string): string {
  return value.replaceAll(/[^\x21-\x7e]|%/gu, (one) => encodeURIComponent(one));
}
