import { useEffect, useState } from 'preact/hooks';

const MOVED = 'console:moved';

/** Goes to another page of the console without loading anything anew. */
export function navigate(href: string, { replace = false } = {}): void {
  const target = new URL(href, location.href);
  if (target.href === location.href && !replace) return;
  if (replace) history.replaceState(null, '', target);
  else history.pushState(null, '', target);
  dispatchEvent(new Event(MOVED));
}

/** Where we are; the component renders again when that changes. */
export function useLocation(): URL {
  const [href, setHref] = useState(location.href);
  useEffect(() => {
    const look = (): void => setHref(location.href);
    addEventListener('popstate', look);
    addEventListener(MOVED, look);
    look();
    return () => {
      removeEventListener('popstate', look);
      removeEventListener(MOVED, look);
    };
  }, []);
  return new URL(href);
}
