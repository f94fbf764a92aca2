import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { bodyOf, serve } from '../../http-stub.ts';
import { json } from '../vendure/fake-vendure.ts';

interface FakeItem {
  id: string;
  sku: string | null;
  metadata: Record<string, unknown> | null;
  /** By stock location. */
  stock: Record<string, number>;
}

interface Level {
  inventory_item_id: string;
  location_id: string;
  stocked_quantity: number;
}

/** Answers as Medusa 2.21.2 was recorded to. */
export interface FakeMedusa {
  url: string;
  items: FakeItem[];
  locations: { id: string; name: string }[];
  /** Logged in. */
  tokens: Set<string>;
  /** What was done: `login`, `locations`, `read`, `version SKU`, or `stock SKU,SKU`. */
  calls: string[];
  /** Answers a call in another way; told what a read is of. @returns whether it did */
  instead: (call: string, response: ServerResponse, skus: readonly string[]) => boolean;
  /** Of an address; a longer one is refused. */
  longestUrl: number;
  /** How long it takes to answer, in ms. */
  answersAfterMs: number;
}

export async function fakeMedusa(): Promise<FakeMedusa> {
  const fake: FakeMedusa = {
    url: '',
    items: [],
    locations: [{ id: 'sloc_1', name: 'Main' }],
    tokens: new Set(),
    calls: [],
    instead: () => false,
    answersAfterMs: 0,
    longestUrl: 16_000,
  };
  fake.url = await serve((request, response) => void answer(fake, request, response));
  return fake;
}

async function answer(fake: FakeMedusa, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = (await bodyOf(request)).toString();
  const body: unknown = text === '' ? undefined : JSON.parse(text);
  const url = new URL(request.url ?? '', 'http://shop');
  const [call, reply] = handle(fake, url, body);
  fake.calls.push(call);
  if ((request.url ?? '').length > fake.longestUrl) return void response.writeHead(414).end();
  if (fake.instead(call, response, url.searchParams.getAll('sku[]'))) return;
  if (fake.answersAfterMs > 0) await sleep(fake.answersAfterMs);
  if (call !== 'login' && !isSignedIn(fake, request)) return json(response, 401, { message: 'Unauthorized' });
  const { status, answer: said } = reply();
  json(response, status, said);
}

type Reply = () => { status: number; answer: object };

function handle(fake: FakeMedusa, { pathname, searchParams }: URL, body: unknown): [string, Reply] {
  const item = /^\/admin\/inventory-items\/([^/]+)$/.exec(pathname)?.[1];
  if (pathname === '/auth/user/emailpass') return ['login', () => login(fake, body)];
  if (pathname === '/admin/stock-locations')
    return ['locations', () => ok({ stock_locations: fake.locations, count: fake.locations.length })];
  if (pathname === '/admin/inventory-items') return ['read', () => read(fake, searchParams)];
  if (item !== undefined) {
    const sku = fake.items.find(({ id }) => id === item)?.sku;
    return [`version ${sku}`, () => writeMetadata(fake, item, body as { metadata: object })];
  }
  if (pathname === '/admin/inventory-items/location-levels/batch') {
    const { create, update } = body as { create: Level[]; update: Level[] };
    const skus = [...create, ...update].map((level) => itemOf(fake, level)?.sku);
    return [`stock ${skus.join()}`, () => writeLevels(fake, { create, update })];
  }
  return ['nothing', () => ({ status: 404, answer: {} })];
}

const ok = (said: object) => ({ status: 200, answer: said });
const no = (status: number, type: string, message: string) => ({ status, answer: { type, message } });
const itemOf = ({ items }: FakeMedusa, level: Level) =>
  items.find(({ id }) => id === level.inventory_item_id);

function isSignedIn({ tokens }: FakeMedusa, { headers }: IncomingMessage): boolean {
  const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
  if (scheme === 'Basic') return Buffer.from(credentials, 'base64').toString() === 'sk_key:';
  return tokens.has(credentials);
}

function login({ tokens, calls }: FakeMedusa, body: unknown): ReturnType<Reply> {
  if ((body as { password: string }).password !== 'right')
    return no(401, 'unauthorized', 'Invalid email or password');
  const token = `token-${calls.length}`;
  tokens.add(token);
  return ok({ token });
}

function read({ items }: FakeMedusa, query: URLSearchParams): ReturnType<Reply> {
  const skus = query.getAll('sku[]');
  const offset = Number(query.get('offset') ?? 0);
  const found = items.filter(({ sku }) => skus.length === 0 || (sku !== null && skus.includes(sku)));
  const some = found.slice(offset, offset + Number(query.get('limit')));
  return ok({
    count: found.length,
    inventory_items: some.map(({ id, sku, metadata, stock }) => ({
      ...{ id, sku, metadata },
      location_levels: Object.entries(stock).map(([location_id, stocked_quantity]) => ({
        ...{ location_id, stocked_quantity },
      })),
    })),
  });
}

function writeMetadata(
  { items }: FakeMedusa,
  id: string,
  { metadata }: { metadata: object },
): ReturnType<Reply> {
  const item = items.find((one) => one.id === id);
  if (!item) return no(404, 'not_found', `InventoryItem with id "${id}" not found`);
  item.metadata = { ...item.metadata, ...metadata };
  return ok({ inventory_item: { id } });
}

function writeLevels(
  fake: FakeMedusa,
  { create, update }: { create: Level[]; update: Level[] },
): ReturnType<Reply> {
  const lacking = update.find((level) => itemOf(fake, level)?.stock[level.location_id] === undefined);
  if (lacking) {
    const { inventory_item_id: id, location_id: place } = lacking;
    return no(404, 'not_found', `Item ${id} is not stocked at location ${place}`);
  }
  const there = create.find((level) => itemOf(fake, level)?.stock[level.location_id] !== undefined);
  if (there) return no(400, 'invalid_data', 'Inventory level already exists.');
  for (const level of [...create, ...update]) {
    const item = itemOf(fake, level);
    if (item) item.stock[level.location_id] = level.stocked_quantity;
  }
  return ok({ created: create, updated: update });
}
