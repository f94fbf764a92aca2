/** What a storefront may answer at most; more would let a hostile one fill our memory. */
export const ANSWER_BYTES = 64 * 1024;

/**
 * Reads a response's body as text, but no further than the limit, counted after decompression. Beyond it the
 * connection is dropped.
 *
 * @returns undefined if the body is larger
 * @throws what the client throws if the connection breaks or the signal fires
 */
export async function readLimited(
  body: AsyncIterable<Uint8Array> | null,
  limit = ANSWER_BYTES,
): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the stream.
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
