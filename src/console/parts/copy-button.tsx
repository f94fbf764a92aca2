import { useState } from 'preact/hooks';
import { announce } from '../state/announce.ts';

/** Copies a text, and says so. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState<'copied' | 'failed' | undefined>();
  const copy = async (): Promise<void> => {
    const ok = await copyText(text);
    setDone(ok ? 'copied' : 'failed');
    announce(ok ? 'Copied.' : 'The browser did not let the text be copied. Select it by hand.');
    setTimeout(() => setDone(undefined), 2000);
  };
  return (
    <button type="button" class="copy" onClick={() => void copy()}>
      {/* Both words keep their place, so that nothing moves. */}
      <span class={done ? 'gone' : ''}>{label}</span>
      <span class={done ? '' : 'gone'} aria-hidden={!done}>
        {done === 'failed' ? 'Not copied' : 'Copied'}
      </span>
    </button>
  );
}

/** Browsers give the clipboard to pages that came over https or from this machine only; the old way works elsewhere. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'for-screen-readers';
    document.body.append(area);
    area.select();
    const ok = document.execCommand('copy');
    area.remove();
    return ok;
  }
}
