import { isPlaces, type Column } from '../definition/columns-schema.ts';
import type { FeedDefinition } from '../definition/feed-schema.ts';
import { findColumn } from './columns.ts';

/** Whether a record that is no table's has all that an event needs, as a definition names it. */
export function mayBeRow({
  sku,
  quantity,
  updatedAt,
}: FeedDefinition['columns']): (value: unknown) => boolean {
  const hasSku = has(sku);
  const hasTime = updatedAt === undefined ? () => true : has(updatedAt);
  const figures = (isPlaces(quantity) ? Object.values(quantity) : [quantity]).map(has);
  return (value) => hasSku(value) && hasTime(value) && figures.some((hasFigure) => hasFigure(value));
}

function has(column: Column): (value: unknown) => boolean {
  const found = findColumn(column, undefined);
  return (value) => found.ok && found.read({ line: 0, cells: undefined, value, text: '' }) !== undefined;
}
