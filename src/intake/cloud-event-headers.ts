/** An attribute of a CloudEvent in binary mode cannot be read from its header. */
export interface HeaderFault {
  header: string;
  detail: string;
}

export type CloudEventHeaders =
  { ok: true; attributes: Record<string, string> } | { ok: false; faults: HeaderFault[] };

const REQUIRED = ['ce-specversion', 'ce-id', 'ce-source', 'ce-type'];

// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[^\x00-\x7f]/;

/** A delivery is a CloudEvent in binary mode as soon as it has a header of one of the attributes that each must have. */
export function isBinaryMode(headers: Readonly<Record<string, unknown>>): boolean {
  return REQUIRED.some((name) => headers[name] !== undefined);
}

/**
 * Reads the `ce-…` headers as CloudEvents' HTTP binding 1.0.2, section 3.1.3 says: quotes first, then one round of
 * percent-decoding.
 *
 * The signature covers `webhook-id`, time and body, but not these headers: whoever has seen a request can send it again
 * with others. So nothing of them may become part of the event.
 *
 * @param rawHeaders names and values in turn, as Node gives them: only there a header that was sent twice shows
 */
export function readCloudEventHeaders(rawHeaders: readonly string[]): CloudEventHeaders {
  const attributes = new Map<string, string>();
  const faults: HeaderFault[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const header = (rawHeaders[index] ?? '').toLowerCase();
    if (!header.startsWith('ce-')) continue;
    const name = header.slice('ce-'.length);
    const value = decode(rawHeaders[index + 1] ?? '');
    if (attributes.has(name)) faults.push({ header, detail: 'was sent more than once' });
    else if (value === undefined) faults.push({ header, detail: 'is not percent-encoded UTF-8' });
    attributes.set(name, value ?? '');
  }
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, attributes: Object.fromEntries(attributes) };
}

function decode(value: string): string | undefined {
  if (NOT_ASCII.test(value)) return undefined;
  const quoted = /^"(?:[^"\\]|\\.)*"$/.test(value);
  const bare = quoted ? value.slice(1, -1).replace(/\\(.)/g, '$1') : value;
  try {
    return decodeURIComponent(bare);
  } catch {
    return undefined;
  }
}
