import { anchorOf, escapeHtml, sentenceHtml } from './escape.ts';

/** As much of JSON Schema as our own schemas use. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
}

/** Whole numbers without a bound of their own have JavaScript's, which says nothing. */
const BOUNDLESS = Number.MAX_SAFE_INTEGER;

/** What a value is, in a few words: `integer, 1 to 500`, or a link to the schema that has a name. */
export function typeHtml(schema: JsonSchema): string {
  const name = schema.$ref?.replace('#/components/schemas/', '');
  if (name !== undefined) return `<a href="#schema-${anchorOf(name)}">${escapeHtml(name)}</a>`;
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(typeHtml).join(' or ');
  if (schema.enum) return schema.enum.map(valueHtml).join(', ');
  if (schema.const !== undefined) return valueHtml(schema.const);
  if (schema.items)
    return `array of ${typeHtml(schema.items)}${boundsHtml(schema.minItems, schema.maxItems)}`;
  const type = escapeHtml([schema.type ?? 'any'].flat().join(' or '));
  const format = schema.format === undefined ? '' : ` (${escapeHtml(schema.format)})`;
  const length = boundsHtml(schema.minLength, schema.maxLength, ' characters');
  return `${type}${format}${boundsHtml(schema.minimum, schema.maximum)}${length}`;
}

/** The fields of an object, also of one in an array or among several, in a table; nothing for a plain value. */
export function fieldsHtml(schema: JsonSchema): string {
  const inner = [schema, ...(schema.anyOf ?? schema.oneOf ?? [])].map((one) => one.items ?? one);
  return inner.map(ownFieldsHtml).join('');
}

function ownFieldsHtml({ properties, required = [] }: JsonSchema): string {
  if (!properties) return '';
  const rows = Object.entries(properties).map(([name, field]) => {
    const needed = required.includes(name) ? '' : ' <span class="soft">may be missing</span>';
    const words = field.description === undefined ? '' : sentenceHtml(field.description);
    return `<tr><td><code>${escapeHtml(name)}</code>${needed}</td><td>${typeHtml(field)}</td><td>${words}${fieldsHtml(field)}</td></tr>`;
  });
  return `<table><thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">What it says</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function valueHtml(value: unknown): string {
  return `<code>${escapeHtml(String(value))}</code>`;
}

function boundsHtml(least: number | undefined, most: number | undefined, unit = ''): string {
  const [from, to] = [least, most].map((bound) =>
    bound === undefined || Math.abs(bound) >= BOUNDLESS ? undefined : bound,
  );
  if (from === undefined && to === undefined) return '';
  if (from === undefined) return `, at most ${to}${unit}`;
  return to === undefined ? `, at least ${from}${unit}` : `, ${from} to ${to}${unit}`;
}
