import type { Row } from '../../../src/feed/file/row.ts';

export function ofCells(cells: readonly string[], line = 2): Row {
  return { line, cells, value: undefined, text: cells.join(',') };
}

export function ofValue(value: unknown, line = 1): Row {
  return { line, cells: undefined, value, text: JSON.stringify(value) ?? '' };
}
