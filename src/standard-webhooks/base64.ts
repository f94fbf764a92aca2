/**
 * Decodes padded standard base64 in its one canonical form.
 *
 * Node's decoder skips foreign characters and the unused bits of the last one, so that many texts would stand for
 * the same bytes. Here a changed text is always a fault.
 */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}
