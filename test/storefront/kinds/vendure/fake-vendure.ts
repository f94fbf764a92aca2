import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, serve } from '../../http-stub.ts';

interface FakeVariant {
  id: string;
  sku: string;
  version: number | null;
  trackInventory?: 'TRUE' | 'FALSE' | 'INHERIT';
  /** By stock location. */
  stock: Record<string, number>;
}

/** Answers as Vendure 3.7.3 was recorded to. */
export interface FakeVendure {
  url: string;
  variants: FakeVariant[];
  locations: { id: string; name: string }[];
  /** Logged in. */
  tokens: Set<string>;
  /** What was done: `login`, `read`, or the SKUs of a write. */
  calls: string[];
  /** Answers a call in another way; told what a read is of. @returns whether it did */
  instead: (call: string, response: ServerResponse, skus: readonly string[]) => boolean;
  /** How long it takes to answer, in ms. */
  answersAfterMs: number;
  headers: IncomingMessage['headers'][];
}

interface Asked {
  query: string;
  variables: {
    username: string;
    password: string;
    options: { filter?: { sku: { in: string[] } }; skip?: number; take: number };
    input: {
      id: string;
      stockLevels: { stockLocationId: string; stockOnHand: number }[];
      customFields: object;
    }[];
  };
}

export async function fakeVendure(): Promise<FakeVendure> {
  const fake: FakeVendure = {
    url: '',
    variants: [],
    locations: [{ id: '1', name: 'Default Stock Location' }],
    tokens: new Set(),
    calls: [],
    instead: () => false,
    answersAfterMs: 0,
    headers: [],
  };
  fake.url = await serve((request, response) => void answer(fake, request, response));
  return fake;
}

async function answer(fake: FakeVendure, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { query, variables } = JSON.parse((await bodyOf(request)).toString()) as Asked;
  fake.headers.push(request.headers);
  const written = (variables.input ?? []).map(({ id }) => fake.variants.find((one) => one.id === id)?.sku);
  const call = query.includes('login(') ? 'login' : query.startsWith('mutation') ? written.join() : 'read';
  fake.calls.push(call);
  if (request.url !== '/admin-api') return json(response, 404, { statusCode: 404, message: 'Cannot POST' });
  if (fake.instead(call, response, variables.options?.filter?.sku.in ?? [])) return;
  if (fake.answersAfterMs > 0) await sleep(fake.answersAfterMs);
  if (call === 'login') return login(fake, variables, response);
  const token = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
  if (!fake.tokens.has(token) && request.headers['vendure-api-key'] !== 'key')
    return fault(response, 'FORBIDDEN', 'You are not currently authorized to perform this action');
  const field = /customFields \{ (\w+) \}/.exec(query)?.[1];
  if (field !== undefined && field !== 'catalogSyncVersion') {
    const message = `Cannot query field "${field}" on type "ProductVariantCustomFields".`;
    const extensions = { code: 'GRAPHQL_VALIDATION_FAILED' };
    return json(response, 400, { errors: [{ message, extensions }] });
  }
  if (call === 'read') return read(fake, variables, response);
  return write(fake, variables, response);
}

function login(fake: FakeVendure, { password }: Asked['variables'], response: ServerResponse): void {
  if (password !== 'right') {
    const message = 'The provided credentials are invalid';
    const errorCode = 'INVALID_CREDENTIALS_ERROR';
    return json(response, 200, {
      data: { login: { __typename: 'InvalidCredentialsError', errorCode, message } },
    });
  }
  const token = `token-${fake.calls.length}`;
  fake.tokens.add(token);
  response.setHeader('vendure-auth-token', token);
  json(response, 200, { data: { login: { __typename: 'CurrentUser' } } });
}

function read(
  { variants, locations }: FakeVendure,
  { options }: Asked['variables'],
  response: ServerResponse,
): void {
  const skus = options.filter?.sku.in;
  const found = variants.filter(({ sku }) => !skus || skus.includes(sku));
  const some = found.slice(options.skip ?? 0, (options.skip ?? 0) + options.take);
  const items = some.map(({ id, sku, version, stock, trackInventory = 'INHERIT' }) => ({
    ...{ id, sku, trackInventory, customFields: { catalogSyncVersion: version } },
    stockLevels: Object.entries(stock).map(([stockLocationId, stockOnHand]) => ({
      stockLocationId,
      stockOnHand,
    })),
  }));
  const productVariants = { items, totalItems: found.length };
  json(response, 200, { data: { stockLocations: { items: locations }, productVariants } });
}

function write({ variants }: FakeVendure, { input }: Asked['variables'], response: ServerResponse): void {
  for (const { id } of input) {
    const message = `No ProductVariant with the id "${id}" could be found`;
    if (!variants.some((one) => one.id === id)) return fault(response, 'ENTITY_NOT_FOUND', message);
  }
  for (const { id, stockLevels, customFields } of input) {
    const variant = variants.find((one) => one.id === id);
    for (const { stockLocationId, stockOnHand } of stockLevels)
      if (variant) variant.stock[stockLocationId] = stockOnHand;
    if (variant) variant.version = (customFields as { catalogSyncVersion: number }).catalogSyncVersion;
  }
  json(response, 200, { data: { updateProductVariants: input.map(({ id }) => ({ id })) } });
}

/** As an error of GraphQL: the status is 200. */
export function fault(response: ServerResponse, code: string, message: string): void {
  json(response, 200, { errors: [{ message, extensions: { code } }], data: null });
}

export function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
