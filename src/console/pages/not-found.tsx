import { Page } from '../parts/page.tsx';

export function NotFound() {
  return (
    <Page title="There is no such page">
      <p>The address names no page of the console. Look an item up, or choose a section above.</p>
    </Page>
  );
}
