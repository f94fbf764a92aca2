import { api, get } from '../api/request.ts';
import type { FailureModes } from '../api/types.ts';
import { Show } from '../parts/loading.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { useLoaded } from '../state/use-loaded.ts';

const EVERY_MS = 30_000;

/** What did not go straight in the last day: how often, and what became of it. */
export function SeenModes({ tenant }: { tenant: string }) {
  const path = api`/v1/tenants/${tenant}/failure-modes`;
  const modes = useLoaded(
    path,
    (signal) => get<FailureModes>(path, signal),
    () => EVERY_MS,
  );
  return (
    <section class="card" aria-labelledby="seen-modes">
      <h2 id="seen-modes">What did not go straight in the last 24 h, or does not now</h2>
      <Show loaded={modes} what="The count of failures">
        {({ failureModes }) => {
          const seen = failureModes.filter(({ count }) => count > 0);
          if (seen.length === 0) return <p class="soft">Nothing: no failure mode was seen.</p>;
          return (
            <ul class="modes">
              {seen.map(({ failureMode, happens, count }) => (
                <li key={failureMode}>
                  <span>
                    <Link href={paths.failureMode(tenant, failureMode)}>{failureMode}</Link>{' '}
                    <span class="soft">
                      <Sentence text={happens} />
                    </span>
                  </span>
                  <span class="count">{count.toLocaleString()}</span>
                </li>
              ))}
            </ul>
          );
        }}
      </Show>
    </section>
  );
}
