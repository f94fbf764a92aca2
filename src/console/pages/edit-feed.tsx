import { useState } from 'preact/hooks';
import { api, get } from '../api/request.ts';
import type { Feed, FeedList, Tenants } from '../api/types.ts';
import { ColumnSettings } from '../feed-editor/column-settings.tsx';
import type { Draft } from '../feed-editor/document.ts';
import { DocumentText } from '../feed-editor/document-text.tsx';
import { Drop } from '../feed-editor/drop.tsx';
import { FileSettings } from '../feed-editor/file-settings.tsx';
import { GuardSettings } from '../feed-editor/guard-settings.tsx';
import { Look } from '../feed-editor/look.tsx';
import { NameSettings } from '../feed-editor/name-settings.tsx';
import { Save } from '../feed-editor/save.tsx';
import { SourceSettings } from '../feed-editor/source-settings.tsx';
import { useEditor } from '../feed-editor/use-editor.ts';
import { QuantitySettings, TimeSettings } from '../feed-editor/value-settings.tsx';
import { inOrder } from '../feeds/in-order.ts';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { useMay } from '../state/session.ts';
import { useLoaded, type Loaded } from '../state/use-loaded.ts';

/** A feed that is not there yet, out of a file of its supplier. */
export function NewFeed({ tenant, tenants }: { tenant: string; tenants: Loaded<Tenants> }) {
  const may = useMay('operator');
  const title = `New feed of ${tenant}`;
  if (!may) return <MayNot title={title} />;
  return (
    <Page title={title}>
      <Show loaded={tenants} what="The tenant">
        {({ tenants: all }) => {
          const suppliers =
            all.find((one) => one.tenant === tenant)?.suppliers.map(({ supplier }) => supplier) ?? [];
          if (suppliers.length === 0) {
            return (
              <Empty title="The tenant has no supplier yet.">
                <p>
                  <code>npx catalog-sync supplier add acme --tenant {tenant}</code>
                </p>
              </Empty>
            );
          }
          const first = { feed: '', supplier: suppliers[0], source: { upload: {} }, columns: {} };
          return <Editing tenant={tenant} first={first} suppliers={suppliers} />;
        }}
      </Show>
    </Page>
  );
}

/** The next version of a feed. */
export function EditFeed({ tenant, feed }: { tenant: string; feed: string }) {
  const path = api`/v1/tenants/${tenant}/feeds/${feed}`;
  const stored = useLoaded(path, (signal) => get<Feed>(path, signal));
  const may = useMay('operator');
  const title = `Edit feed ${feed}`;
  if (!may) return <MayNot title={title} />;
  return (
    <Page title={title}>
      {stored.problem?.status === 404 ? (
        <Empty title={`There is no feed ${feed} of ${tenant}.`} />
      ) : (
        <Show loaded={stored} what="The feed">
          {({ document }) => <Editing tenant={tenant} first={inOrder(document) as Draft} stored={feed} />}
        </Show>
      )}
    </Page>
  );
}

function MayNot({ title }: { title: string }) {
  return (
    <Page title={title}>
      <Empty title="Feeds are made and changed by the role operator.">
        <p>Somebody with that role can open this very address.</p>
      </Empty>
    </Page>
  );
}

function Editing({
  tenant,
  first,
  suppliers = [],
  stored,
}: {
  tenant: string;
  first: Draft;
  suppliers?: readonly string[];
  /** The name of the feed, where it is there. */
  stored?: string;
}) {
  const [own, setOwn] = useState(stored);
  const editor = useEditor(tenant, first, own);
  const path = api`/v1/tenants/${tenant}/feeds`;
  const feeds = useLoaded(path, (signal) => get<FeedList>(path, signal));
  return (
    <>
      <p class="lead">
        A sample shows what the document makes of a file, with each change. Nothing is written before you
        save, and nothing of the file counts before it is uploaded.
      </p>
      <div class="editor">
        <div class="settings">
          <section class="card" aria-label="Settings">
            <Drop editor={editor} />
            {editor.sample && editor.draft && (
              <button type="button" disabled={editor.guessing} onClick={() => void editor.guess()}>
                Read its look anew
              </button>
            )}
            {/* Without a document there is nothing for the form to show or to change. */}
            <fieldset class="form" disabled={!editor.draft || editor.guessing} aria-label="Form">
              <NameSettings editor={editor} suppliers={suppliers} />
              <ColumnSettings editor={editor} />
              <TimeSettings editor={editor} />
              <QuantitySettings editor={editor} />
              <FileSettings editor={editor} />
              <GuardSettings editor={editor} />
              <SourceSettings editor={editor} />
            </fieldset>
          </section>
        </div>
        <div class="outcome">
          <Look editor={editor} />
          <Save editor={editor} taken={feeds.data?.feeds.map(({ feed }) => feed) ?? []} onSaved={setOwn} />
          <DocumentText editor={editor} />
        </div>
      </div>
    </>
  );
}
