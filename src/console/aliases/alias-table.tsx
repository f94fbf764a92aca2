import { useState } from 'preact/hooks';
import { api, request } from '../api/request.ts';
import type { AliasList } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { announce } from '../state/announce.ts';
import { useMay } from '../state/session.ts';
import { useAction } from '../state/use-action.ts';

type Alias = AliasList['aliases'][number];

/** Aliases by supplier and code, each with what takes it away. */
export function AliasTable({
  tenant,
  aliases,
  onDone,
}: {
  tenant: string;
  aliases: readonly Alias[];
  onDone: () => void;
}) {
  const may = useMay('operator');
  const [asked, setAsked] = useState<Alias | undefined>();
  return (
    <>
      <Table
        caption="Aliases, by supplier and code"
        columns={['Supplier', 'Code', 'SKU', 'Pieces in one #', 'Since', ...(may ? ['Do'] : [])]}
        rows={aliases}
        keyOf={({ supplier, code }) => `${supplier} ${code}`}
        cells={(one) => [
          <Link href={paths.supplier(tenant, one.supplier)}>{one.supplier}</Link>,
          <Foreign text={one.code} />,
          <Link href={paths.item(tenant, one.sku)}>
            <Foreign text={one.sku} />
          </Link>,
          one.factor.toLocaleString(),
          <Time at={one.since} />,
          ...(may
            ? [
                <button type="button" onClick={() => setAsked(one)}>
                  Remove …
                  <span class="for-screen-readers">
                    {' '}
                    {one.supplier} {one.code}
                  </span>
                </button>,
              ]
            : []),
        ]}
      />
      {asked && <Remove tenant={tenant} alias={asked} onDone={onDone} onClose={() => setAsked(undefined)} />}
    </>
  );
}

function Remove({
  tenant,
  alias: { supplier, code, sku },
  onDone,
  onClose,
}: {
  tenant: string;
  alias: Alias;
  onDone: () => void;
  onClose: () => void;
}) {
  const remove = useAction(async () => {
    await request<unknown>('DELETE', api`/v1/tenants/${tenant}/suppliers/${supplier}/aliases/${code}`);
    announce(`${code} of ${supplier} is removed.`);
    onClose();
    onDone();
  });
  return (
    <Dialog title="Remove the alias" busy={remove.busy} onClose={onClose}>
      <p>
        {supplier} calls <Foreign text={sku} /> <Foreign text={code} />. What came by that stays as it is;
        what comes from now on is of a code that nobody knows.
      </p>
      {remove.problem && <Problem problem={remove.problem} what="It was not removed" />}
      <div class="actions">
        <button type="button" class="danger" disabled={remove.busy} onClick={() => void remove.run()}>
          {remove.busy ? 'Working …' : 'Remove it'}
        </button>
        <button type="button" disabled={remove.busy} onClick={onClose}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}
