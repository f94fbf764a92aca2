import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { announce } from '../state/announce.ts';

/**
 * A page: names the window, and puts the focus on its heading when one comes to it by a link, as a browser would
 * when it loads a page.
 */
export function Page({
  title,
  heading,
  aside,
  children,
}: {
  /** Plain text, for the window. */
  title: string;
  heading?: ComponentChildren;
  aside?: ComponentChildren;
  children: ComponentChildren;
}) {
  const start = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · catalog-sync`;
  }, [title]);
  useEffect(() => {
    if (!cameByLink) {
      cameByLink = true;
      return;
    }
    scrollTo(0, 0);
    start.current?.focus({ preventScroll: true });
    announce('');
  }, []);
  return (
    <>
      <div class="page-head">
        <h1 ref={start} tabIndex={-1}>
          {heading ?? title}
        </h1>
        {aside}
      </div>
      {children}
    </>
  );
}

/** The first page of all keeps the browser's own focus. */
let cameByLink = false;
