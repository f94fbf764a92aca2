import { useEffect, useState } from 'preact/hooks';
import { onAnnouncement } from './state/announce.ts';

/** The one place from which a screen reader hears of what changes by itself. */
export function Announcer() {
  const [text, setText] = useState('');
  useEffect(() => onAnnouncement(setText), []);
  return (
    <p class="for-screen-readers" role="status" aria-live="polite">
      {text}
    </p>
  );
}
