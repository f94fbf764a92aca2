/** HTML that is safe to put into a page. */
export interface Html {
  readonly html: string;
}

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template whose values are escaped, unless they are HTML themselves. Attributes have to be quoted. */
export function markup(parts: TemplateStringsArray, ...values: (string | number | Html | Html[])[]): Html {
  const text = parts.reduce((before, part, index) => before + write(values[index - 1] ?? '') + part);
  return { html: text };
}

function write(value: string | number | Html | Html[]): string {
  if (Array.isArray(value)) return value.map((one) => one.html).join('');
  if (typeof value === 'object') return value.html;
  return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
