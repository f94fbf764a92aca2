const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** They belong to the connection, or say where a message ends. */
const NOT_OURS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'expect',
  'te',
]);

/** A method as HTTP has it: RFC 9110, 9.1; theirs are written in capitals. */
export function isMethod(text: string): boolean {
  return TOKEN.test(text) && text === text.toUpperCase() && text !== 'CONNECT' && text.length <= 40;
}

/** A header that may be set by a template. */
export function isHeaderName(text: string): boolean {
  return TOKEN.test(text) && !NOT_OURS.has(text.toLowerCase()) && text.length <= 100;
}
