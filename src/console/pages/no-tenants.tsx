import { Empty } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';

export function NoTenants() {
  return (
    <Page title="No tenants yet">
      <Empty title="There is no tenant that you may see.">
        <p>
          An admin adds one, and then its suppliers: <code>npx catalog-sync tenant add shop</code>,{' '}
          <code>npx catalog-sync supplier add acme --tenant shop</code>.
        </p>
      </Empty>
    </Page>
  );
}
