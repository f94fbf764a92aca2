import { useEffect, useState } from 'preact/hooks';

/** Where tables become cards and sections fold: the same width as in tables.css. */
const NARROW = '(max-width: 52rem)';

/** Whether the page stands on a phone, or in a window of its width; told again when it is turned. */
export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => matchMedia(NARROW).matches);
  useEffect(() => {
    const query = matchMedia(NARROW);
    const tell = (): void => setNarrow(query.matches);
    query.addEventListener('change', tell);
    return () => query.removeEventListener('change', tell);
  }, []);
  return narrow;
}
