import type { ComponentChildren, TargetedMouseEvent } from 'preact';
import { navigate } from './location.ts';

export interface LinkProps {
  href: string;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
}

/** A link within the console; a middle click and its kin open a tab, as with any link. */
export function Link({ href, children, class: className, current }: LinkProps) {
  const follow = (event: TargetedMouseEvent<HTMLAnchorElement>): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(href);
  };
  return (
    <a href={href} class={className} aria-current={current ? 'page' : undefined} onClick={follow}>
      {children}
    </a>
  );
}

/** Leads to another program, such as the Temporal Web UI, in a tab of its own. */
export function OutsideLink({ href, children }: { href: string; children: ComponentChildren }) {
  return (
    <a href={href} target="_blank" rel="noreferrer" class="outside">
      {children}
      <span class="for-screen-readers"> (opens a new tab)</span>
    </a>
  );
}
