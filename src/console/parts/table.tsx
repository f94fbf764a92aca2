import type { ComponentChildren } from 'preact';

/**
 * A table that becomes a list of cards where there is no room: each cell then shows its column's name.
 *
 * @param columns names; one that ends with ` #` holds figures
 * @param telling names of columns whose cells say by themselves what they are: a card leaves these names out
 */
export function Table<T>({
  caption,
  columns,
  rows,
  keyOf,
  cells,
  marked,
  telling = [],
}: {
  caption: string;
  columns: readonly string[];
  rows: readonly T[];
  keyOf: (row: T, index: number) => string;
  cells: (row: T) => readonly ComponentChildren[];
  marked?: (row: T) => boolean;
  telling?: readonly string[];
}) {
  const heads = columns.map((column) => ({
    name: column.replace(/ #$/, ''),
    numeric: column.endsWith(' #') ? 'number' : undefined,
  }));
  const named = (name: string | undefined) => name !== undefined && !telling.includes(name);
  return (
    // The roles are those that the elements have; some browsers forget them when a style makes cards of the rows.
    <table class="records" role="table">
      <caption class="for-screen-readers">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {heads.map(({ name, numeric }) => (
            <th key={name} scope="col" role="columnheader" class={numeric}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row, index) => (
          <tr key={keyOf(row, index)} role="row" class={marked?.(row) ? 'marked' : undefined}>
            {cells(row).map((cell, column) => (
              <td
                key={column}
                role="cell"
                class={`${heads[column]?.numeric ?? ''} ${named(heads[column]?.name) ? 'named' : ''}`.trim()}
                data-column={heads[column]?.name}
              >
                {/* One box, so that a card can set name and content side by side. */}
                <div>{cell}</div>
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Newer and older pages of a long list. */
export function Pager({
  pages: { number, newer, older },
  label,
  words: [back, on] = ['Newer', 'Older'],
}: {
  pages: { number: number; newer: (() => void) | undefined; older: (() => void) | undefined };
  label: string;
  words?: readonly [back: string, on: string];
}) {
  if (!newer && !older) return null;
  return (
    <nav class="pager" aria-label={`Pages of ${label}`}>
      <button type="button" onClick={newer} disabled={!newer}>
        {back}
      </button>
      <span role="status">Page {number}</span>
      <button type="button" onClick={older} disabled={!older}>
        {on}
      </button>
    </nav>
  );
}
