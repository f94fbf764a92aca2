import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { useNarrow } from '../state/use-narrow.ts';

/**
 * A section that is open where there is room for it, and folded on a phone; whoever opens or closes it is heeded until the
 * window changes.
 *
 * @param props.count how many things are in it
 */
export function Fold({
  id,
  title,
  count,
  children,
}: {
  id: string;
  title: string;
  count?: number;
  children: ComponentChildren;
}) {
  const narrow = useNarrow();
  const [open, setOpen] = useState(!narrow);
  useEffect(() => setOpen(!narrow), [narrow]);
  return (
    <section aria-labelledby={id}>
      <details class="fold" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
          <h2 id={id}>{title}</h2>
          {count !== undefined && <span class="soft"> {count.toLocaleString()}</span>}
        </summary>
        <div class="folded">{children}</div>
      </details>
    </section>
  );
}
