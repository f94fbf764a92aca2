import { createHash } from 'node:crypto';
import { anchorOf, escapeHtml, sentenceHtml } from './escape.ts';
import { fieldsHtml, typeHtml, type JsonSchema } from './schema-html.ts';
import { API_PAGE_STYLE } from './style.ts';

interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: JsonSchema;
}

type Content = Record<string, { schema?: JsonSchema }>;

interface Operation {
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: { content: Content };
  responses?: Record<string, { description?: string; content?: Content }>;
  'x-role'?: string;
}

/** As much of an OpenAPI document as the page shows. */
export interface ApiDescription {
  info: { title: string; description?: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  /** Calls that we make, by their paths at whoever is called. */
  webhooks?: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, JsonSchema> };
}

interface Place {
  method: string;
  path: string;
  operation: Operation;
}

/** Suppliers come first: the page is for their developers before all others. */
const GROUPS: readonly [title: string, has: (place: Place) => boolean][] = [
  [
    'For suppliers',
    ({ method, path, operation }) =>
      operation['x-role'] === 'supplier' || (method === 'post' && path.endsWith('/{supplier}/events')),
  ],
  ['Without a token', ({ operation }) => operation['x-role'] === undefined],
  ...['viewer', 'support', 'operator', 'admin'].map((role): [string, (place: Place) => boolean] => [
    `From the role ${role} on`,
    ({ operation }) => operation['x-role'] === role,
  ]),
];

/** The page's own Content-Security-Policy: nothing but its style, and no script at all. */
export const API_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(API_PAGE_STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** An OpenAPI document as one page for people, which needs no script. */
export function renderApiPage({ info, paths, webhooks = {}, components }: ApiDescription): string {
  const left = new Set(placesOf(paths));
  const ours = GROUPS.map(([title, has]) => {
    const places = [...left].filter(has);
    for (const place of places) left.delete(place);
    return { title, places };
  });
  const groups = [
    ...ours,
    { title: 'What storefronts are told and asked', places: placesOf(webhooks) },
  ].filter(({ places }) => places.length > 0);
  const schemas = Object.entries(components?.schemas ?? {});
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)}: the API</title>
<style>${API_PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(info.title)}: the API</h1>
<p>${sentenceHtml(info.description ?? '')} The same as a document: <a href="/openapi.json">openapi.json</a>.</p>
<nav aria-label="Routes">${groups.map(contentsHtml).join('')}</nav>
${groups.map(({ title, places }) => `<h2>${escapeHtml(title)}</h2>${places.map(operationHtml).join('')}`).join('')}
<h2>Schemas</h2>
${schemas.map(schemaHtml).join('')}
</main>
</body>
</html>
`;
}

function placesOf(paths: ApiDescription['paths']): Place[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

function contentsHtml({ title, places }: { title: string; places: readonly Place[] }): string {
  const links = places.map((place) => `<li><a href="#${idOf(place)}">${nameHtml(place)}</a></li>`);
  return `<p>${escapeHtml(title)}</p><ul>${links.join('')}</ul>`;
}

function operationHtml(place: Place): string {
  const { summary = '', description, parameters = [], requestBody, responses = {} } = place.operation;
  return `<section id="${idOf(place)}">
<h3>${nameHtml(place)}</h3>
<p><strong>${sentenceHtml(summary)}.</strong> ${sentenceHtml(description ?? '')}</p>
${parametersHtml(parameters)}
${requestBody ? `<h4>Body</h4>${contentHtml(requestBody.content)}` : ''}
<h4>Answers</h4>
${Object.entries(responses)
  .map(
    ([status, { description: words, content }]) =>
      `<p><code>${escapeHtml(status)}</code> ${sentenceHtml(words ?? '')}</p>${content ? contentHtml(content) : ''}`,
  )
  .join('')}
</section>`;
}

function parametersHtml(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(({ name, in: where, required, description, schema }) => {
    const needed = required ? '' : ' <span class="soft">may be missing</span>';
    const words = sentenceHtml(description ?? schema?.description ?? '');
    return `<tr><td><code>${escapeHtml(name)}</code>${needed}</td><td>${escapeHtml(where)}</td><td>${typeHtml(schema ?? {})}</td><td>${words}</td></tr>`;
  });
  return `<table><thead><tr><th scope="col">Parameter</th><th scope="col">In</th><th scope="col">Type</th><th scope="col">What it says</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function contentHtml(content: Content): string {
  return Object.entries(content)
    .map(
      ([type, { schema = {} }]) =>
        `<details><summary><code>${escapeHtml(type)}</code>: ${typeHtml(schema)}</summary>${fieldsHtml(schema)}</details>`,
    )
    .join('');
}

function schemaHtml([name, schema]: [string, JsonSchema]): string {
  return `<section id="schema-${anchorOf(name)}"><h3>${escapeHtml(name)}</h3><p>${sentenceHtml(schema.description ?? '')}</p><p>${typeHtml(schema)}</p>${fieldsHtml(schema)}</section>`;
}

function nameHtml({ method, path }: Place): string {
  return `<code>${method.toUpperCase()} ${escapeHtml(path)}</code>`;
}

function idOf({ method, path }: Place): string {
  return `${method}-${anchorOf(path)}`;
}
