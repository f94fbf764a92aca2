import type { ComponentChildren } from 'preact';
import type { FeedPreview } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Time } from '../parts/time.tsx';
import { isMap, type Draft } from './document.ts';

type SampleRows = NonNullable<FeedPreview['sample']>;
type Preview = NonNullable<FeedPreview['preview']>;

const NAMES: Readonly<Record<string, string>> = {
  sku: 'SKU',
  quantity: 'quantity',
  updatedAt: 'time',
  location: 'location',
  id: 'id',
};

/** The first rows: what each becomes, beside what stands in it. */
export function SampleTable({
  sample: { columns, rows, found },
  preview,
  draft,
}: {
  sample: SampleRows;
  preview: Preview | null;
  draft: Draft | undefined;
}) {
  const place = typeof found.place === 'string' ? found.place : 'line';
  const places = preview?.events.some(({ location }) => location !== undefined) ?? false;
  const width = places ? 4 : 3;
  return (
    <div class="sideways" tabIndex={0} role="region" aria-label="The first rows">
      <table class="sample">
        <thead>
          <tr>
            <th scope="col" rowSpan={2}>
              {place}
            </th>
            <th scope="colgroup" colSpan={width} class="event">
              becomes
            </th>
            {columns.length > 0 && (
              <th scope="colgroup" colSpan={columns.length}>
                in the file
              </th>
            )}
          </tr>
          <tr>
            <th scope="col" class="event">
              SKU
            </th>
            <th scope="col" class="event number">
              Quantity
            </th>
            <th scope="col" class="event">
              Time
            </th>
            {places && (
              <th scope="col" class="event">
                Location
              </th>
            )}
            {columns.map(({ column, title }) => (
              <th key={column} scope="col">
                <div class="cell">{title === '' ? `column ${column}` : <Foreign text={title} />}</div>
                <Meaning of={meaningsOf(column, draft)} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ line, cells }) => (
            <tr key={line}>
              <th scope="row">{line.toLocaleString()}</th>
              <Becomes line={line} preview={preview} width={width} places={places} />
              {columns.map(({ column }, index) => (
                <td key={column}>
                  <Cell text={cells[index] ?? ''} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Becomes({
  line,
  preview,
  width,
  places,
}: {
  line: number;
  preview: Preview | null;
  width: number;
  places: boolean;
}) {
  const events = preview?.events.filter((one) => one.line === line) ?? [];
  const refused = preview?.refusedRows.filter((one) => one.line === line) ?? [];
  if (refused.length > 0 || events.length === 0) {
    return (
      <td colSpan={width} class={refused.length > 0 ? 'event refused' : 'event'}>
        {refused.length > 0 ? (
          <div class="cell">
            refused: <Foreign text={refused.map(({ reason }) => reason).join('; ')} />
          </div>
        ) : (
          preview && <span class="soft">nothing</span>
        )}
      </td>
    );
  }
  const lines = (cell: (event: (typeof events)[number]) => ComponentChildren) =>
    events.map((one, index) => (
      <div key={index} class="cell">
        {cell(one)}
      </div>
    ));
  return (
    <>
      <td class="event">
        {lines(({ sku }) => (
          <Foreign text={sku} />
        ))}
      </td>
      <td class="event number">{lines(({ quantity }) => quantity.toLocaleString())}</td>
      <td class="event">
        {lines(({ updatedAt }) => (
          <Time at={updatedAt} />
        ))}
      </td>
      {places && (
        <td class="event">
          {lines(({ location }) => location !== undefined && <Foreign text={location} />)}
        </td>
      )}
    </>
  );
}

function Cell({ text }: { text: string }) {
  return text === '' ? null : (
    <div class="cell">
      <Foreign text={text} />
    </div>
  );
}

function Meaning({ of: fields }: { of: readonly string[] }) {
  if (fields.length === 0) return null;
  return <span class="badge info">{fields.join(', ')}</span>;
}

function meaningsOf(column: string | number, draft: Draft | undefined): string[] {
  const columns = draft?.columns;
  if (!isMap(columns)) return [];
  return Object.entries(columns).flatMap(([field, named]) => {
    const name = NAMES[field];
    if (name === undefined) return [];
    if (isMap(named)) {
      return Object.entries(named).flatMap(([place, one]) =>
        isSame(one, column) ? [`${name} at ${place}`] : [],
      );
    }
    return [named].flat().some((one) => isSame(one, column)) ? [name] : [];
  });
}

/** As names of columns count: in any case and spacing. */
function isSame(named: unknown, column: string | number): boolean {
  if (named === column) return true;
  return typeof named === 'string' && typeof column === 'string' && folded(named) === folded(column);
}

function folded(name: string): string {
  return name.toLowerCase().replaceAll(/[\s_-]/g, '');
}
