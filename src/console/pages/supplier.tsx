import { useState } from 'preact/hooks';
import { OwnEventList } from '../suppliers/own-events.tsx';
import { RefusedList } from '../suppliers/refused-deliveries.tsx';
import { Page } from '../parts/page.tsx';

/** What a supplier's developer needs: which deliveries were refused, and what became of the others. */
export function SupplierPage({ tenant, supplier }: { tenant: string; supplier: string }) {
  const [sku, setSku] = useState('');
  const [typed, setTyped] = useState('');
  return (
    <Page title={`${supplier} at ${tenant}`}>
      <p class="lead">
        What {supplier} sent to {tenant}, and what was made of it. How to send, and what each answer means:{' '}
        <a href="/api-docs">the API</a>.
      </p>
      <RefusedList tenant={tenant} supplier={supplier} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setSku(typed.trim());
        }}
      >
        <label>
          Only of the SKU{' '}
          <input
            type="search"
            value={typed}
            onInput={({ currentTarget }) => {
              setTyped(currentTarget.value);
              if (currentTarget.value === '') setSku('');
            }}
          />
        </label>{' '}
        <button type="submit">Show</button>
      </form>
      <OwnEventList tenant={tenant} supplier={supplier} sku={sku} />
    </Page>
  );
}
