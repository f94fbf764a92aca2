import type { FeedPreview } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Table } from '../parts/table.tsx';

type Preview = NonNullable<FeedPreview['preview']>;

/** What the sample would do to the figures that its supplier said before. */
export function Changes({ changes }: { changes: Preview['changes'] }) {
  const { items, above0, zeroed, unheard, changed, first } = changes;
  return (
    <>
      <p>
        It names {count(items, 'item')}, {unheard.toLocaleString()} of them for the first time.{' '}
        {above0 === 0
          ? 'The supplier has none in stock yet.'
          : `Of ${count(above0, 'figure')} in stock, ${zeroed.toLocaleString()} would go to 0.`}{' '}
        {changed === 0 ? 'No item would change.' : `${count(changed, 'item')} would change.`}
      </p>
      {first.length > 0 && (
        <details class="changes">
          <summary>
            {changed > first.length ? `The first ${first.length} of them` : 'From what to what'}
          </summary>
          <Table
            caption="The first items that would change"
            columns={['SKU', 'Now #', 'Then #']}
            rows={first}
            keyOf={({ sku }) => sku}
            cells={({ sku, from, to }) => [
              <Foreign text={sku} />,
              from.toLocaleString(),
              to.toLocaleString(),
            ]}
          />
        </details>
      )}
    </>
  );
}

function count(number: number, thing: string): string {
  return `${number.toLocaleString()} ${thing}${number === 1 ? '' : 's'}`;
}
