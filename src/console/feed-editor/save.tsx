import { useState } from 'preact/hooks';
import { api, request } from '../api/request.ts';
import type { Feed } from '../api/types.ts';
import { inOrder } from '../feeds/in-order.ts';
import { sendFile } from '../feeds/send-file.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Problem } from '../parts/problem.tsx';
import { Link } from '../routing/link.tsx';
import { navigate } from '../routing/location.ts';
import { paths } from '../routing/paths.ts';
import { announce } from '../state/announce.ts';
import { useAction } from '../state/use-action.ts';
import { plainly, valueAt, type Draft } from './document.ts';
import type { Editor } from './use-editor.ts';

/** Saves the document, and hands the sample in as a run of what was saved. */
export function Save({
  editor,
  taken,
  onSaved,
}: {
  editor: Editor;
  taken: readonly string[];
  onSaved: (feed: string) => void;
}) {
  const [saved, setSaved] = useState<{ feed: Feed; text: string } | undefined>();
  const { tenant, draft, text, answer, sample } = editor;
  const feed = plainly(valueAt(draft, 'feed'));
  const isTaken = feed !== editor.own && taken.includes(feed);
  const faults = answer?.faults.length ?? 0;
  const save = useAction(async () => {
    if (!draft) return;
    const { data } = await request<Feed>('PUT', api`/v1/tenants/${tenant}/feeds/${feed}`, { body: draft });
    // What it shows has signs in the place of secrets.
    const shown = editor.setDraft(inOrder(data.document) as Draft);
    setSaved({ feed: data, text: shown });
    onSaved(data.feed);
    announce(`${data.feed} is saved as version ${data.version}.`);
  });
  const send = useAction(async () => {
    if (!sample || !saved) return;
    navigate(paths.feedRun(tenant, saved.feed.feed, await sendFile(tenant, saved.feed.feed, sample.file)));
  });
  const isSaved = saved?.text === text;
  return (
    <section class="card" aria-labelledby="save">
      <h2 id="save">{isSaved ? `Saved as version ${saved.feed.version}` : 'Save it'}</h2>
      {isTaken && (
        <p class="notice warn">
          There is a feed <Link href={paths.editFeed(tenant, feed)}>{feed}</Link> already: give this one
          another name.
        </p>
      )}
      {save.problem && <Problem problem={save.problem} what="It was not saved" />}
      <div class="actions">
        <button
          type="button"
          class={isSaved ? '' : 'primary'}
          disabled={save.busy || isSaved || isTaken || !draft || feed === '' || faults > 0}
          onClick={() => void save.run()}
        >
          {save.busy ? 'Saving …' : 'Save'}
        </button>
        {isSaved && sample && (
          <button type="button" class="primary" disabled={send.busy} onClick={() => void send.run()}>
            {send.busy
              ? 'Sending …'
              : saved.feed.version === 1
                ? 'Upload the file as the first run'
                : 'Upload the file as a run'}
          </button>
        )}
        {isSaved && <Link href={paths.feed(tenant, saved.feed.feed)}>The feed’s page</Link>}
        {faults > 0 && (
          <span class="soft">{faults === 1 ? 'A fault is' : `${faults} faults are`} to be mended first.</span>
        )}
      </div>
      {isSaved && sample && (
        <p class="soft">
          <Foreign text={sample.file.name} /> counts as soon as it is uploaded, if no guard holds it.
        </p>
      )}
      {send.problem && <Problem problem={send.problem} what="The file was not taken" />}
    </section>
  );
}
