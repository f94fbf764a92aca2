import { Account } from './account.tsx';
import { Announcer } from './announcer.tsx';
import { SupplierPage } from './pages/supplier.tsx';

/** The console of somebody who may see one supplier's things: whatever the address, this one page. */
export function SupplierShell({
  tenant,
  supplier,
  onSignedOut,
}: {
  tenant: string;
  supplier: string;
  onSignedOut: () => void;
}) {
  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <div class="bar">
          <span class="brand">catalog-sync</span>
          <Account onSignedOut={onSignedOut} />
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        <SupplierPage tenant={tenant} supplier={supplier} />
      </main>
      <Announcer />
    </>
  );
}
