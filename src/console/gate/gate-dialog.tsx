import type { ComponentChildren } from 'preact';
import { api, request } from '../api/request.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { announce } from '../state/announce.ts';
import { useAction } from '../state/use-action.ts';
import { gateChanged } from './gate-changed.ts';

/** A command to the gate, its fields given as children. A refusal names every condition that is missing. */
export function GateDialog({
  title,
  tenant,
  method = 'POST',
  command,
  body,
  ready,
  confirm,
  said,
  refused,
  onClose,
  children,
}: {
  title: string;
  tenant: string;
  method?: 'POST' | 'PUT';
  /** The end of the command's path, such as `widen`. */
  command: string;
  body: Record<string, unknown>;
  /** Whether the fields are filled in. */
  ready: boolean;
  confirm: string;
  /** To be read out when it is done. */
  said: string;
  refused: string;
  onClose: () => void;
  children: ComponentChildren;
}) {
  const action = useAction(async () => {
    await request<unknown>(method, `${api`/v1/tenants/${tenant}/gate`}/${command}`, { body });
    announce(said);
    gateChanged();
    onClose();
  });
  return (
    <Dialog title={title} busy={action.busy} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        {children}
        {action.problem && <Problem problem={action.problem} what={refused} />}
        <div class="actions">
          <button type="submit" class="primary" disabled={action.busy || !ready}>
            {action.busy ? 'Working …' : confirm}
          </button>
          <button type="button" disabled={action.busy} onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}
