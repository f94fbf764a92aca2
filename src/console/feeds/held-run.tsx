import { useState } from 'preact/hooks';
import { api, request } from '../api/request.ts';
import type { FeedRun } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { ReasonField } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Problem } from '../parts/problem.tsx';
import { announce } from '../state/announce.ts';
import { useMay } from '../state/session.ts';
import { useAction } from '../state/use-action.ts';
import { GuardReasons } from './refusals.tsx';

type Decision = 'approve' | 'refuse';

/** A file that a guard held: why, and what somebody says to it. */
export function HeldRun({ run, onDone }: { run: FeedRun; onDone: () => void }) {
  const [asked, setAsked] = useState<Decision | undefined>();
  const may = useMay('operator');
  // No row can be read without its columns: there is nothing to let through.
  const readable = run.reasons.every(({ guard }) => guard !== 'columns');
  return (
    <div class="notice warn">
      <p class="notice-title">
        <Foreign text={run.file.name ?? 'The file'} /> is held: nothing of it flows.
      </p>
      <GuardReasons reasons={run.reasons} />
      {!readable && (
        <p>
          It cannot be approved, because no row can be read: refuse it, mend the feed, and run the file again.
        </p>
      )}
      {may ? (
        <div class="actions">
          {readable && (
            <button type="button" onClick={() => setAsked('approve')}>
              Approve …
            </button>
          )}
          <button type="button" onClick={() => setAsked('refuse')}>
            Refuse …
          </button>
        </div>
      ) : (
        <p>Somebody with the role operator says whether it is right.</p>
      )}
      {asked && <Decide run={run} decision={asked} onDone={onDone} onClose={() => setAsked(undefined)} />}
    </div>
  );
}

const WORDS: Record<Decision, { title: string; what: string; failed: string; said: string }> = {
  approve: {
    title: 'Approve the file',
    what: 'Its figures flow at once, as if no guard had held it.',
    failed: 'It was not approved',
    said: 'The file is approved.',
  },
  refuse: {
    title: 'Refuse the file',
    what: 'The run ends, and nothing of it ever flows.',
    failed: 'It was not refused',
    said: 'The file is refused.',
  },
};

function Decide({
  run: { tenant, feed, runId, reasons },
  decision,
  onDone,
  onClose,
}: {
  run: FeedRun;
  decision: Decision;
  onDone: () => void;
  onClose: () => void;
}) {
  const [reason, setReason] = useState('');
  const { title, what, failed, said } = WORDS[decision];
  const decide = useAction(async () => {
    const path = api`/v1/tenants/${tenant}/feeds/${feed}/runs/${runId}`;
    await request<unknown>('POST', `${path}/${decision}`, { body: { reason: reason.trim() } });
    announce(said);
    onClose();
    onDone();
  });
  return (
    <Dialog title={title} busy={decide.busy} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void decide.run();
        }}
      >
        <GuardReasons reasons={reasons} />
        <p>{what}</p>
        <ReasonField value={reason} onInput={setReason} maxLength={500} autofocus />
        {decide.problem && <Problem problem={decide.problem} what={failed} />}
        <div class="actions">
          <button
            type="submit"
            class={decision === 'approve' ? 'primary' : 'danger'}
            disabled={decide.busy || reason.trim() === ''}
          >
            {decide.busy ? 'Working …' : title}
          </button>
          <button type="button" disabled={decide.busy} onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
