import { useRef } from 'preact/hooks';
import { Problem } from '../parts/problem.tsx';
import { navigate } from '../routing/location.ts';
import { paths } from '../routing/paths.ts';
import { useAction } from '../state/use-action.ts';
import { sendFile } from './send-file.ts';

/** Takes a file from this machine, and leads to its run. */
export function HandIn({ tenant, feed }: { tenant: string; feed: string }) {
  const input = useRef<HTMLInputElement>(null);
  const send = useAction(async () => {
    const file = input.current?.files?.[0];
    if (!file) return;
    const runId = await sendFile(tenant, feed, file);
    navigate(paths.feedRun(tenant, feed, runId));
  });
  return (
    <>
      <label class="button">
        {send.busy ? 'Sending …' : 'Hand in a file …'}
        <input
          ref={input}
          type="file"
          class="for-screen-readers"
          disabled={send.busy}
          onChange={({ currentTarget }) => {
            void send.run().finally(() => {
              currentTarget.value = '';
            });
          }}
        />
      </label>
      {send.problem && <Problem problem={send.problem} what="The file was not taken" />}
    </>
  );
}
