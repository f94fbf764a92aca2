import { useEffect, useRef, useState } from 'preact/hooks';
import { navigate, useLocation } from './routing/location.ts';
import { paths } from './routing/paths.ts';

/** SKU, item id or event id; the key `/` leads to it from anywhere. */
export function SearchBox({ tenant, tenants }: { tenant: string | undefined; tenants: readonly string[] }) {
  const url = useLocation();
  const asked = url.pathname.endsWith('/search') ? (url.searchParams.get('q') ?? '') : '';
  const [text, setText] = useState(asked);
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target))
        return;
      if (document.querySelector('dialog[open]')) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  const search = (): void => {
    if (text.trim() === '') return;
    // An item id of another tenant names that tenant itself.
    const other = tenants.find((name) => text.startsWith(`${name}:`));
    const where = other ?? tenant;
    if (where !== undefined) navigate(paths.search(where, text));
  };
  return (
    <form
      role="search"
      class="search"
      onSubmit={(event) => {
        event.preventDefault();
        search();
      }}
    >
      <input
        ref={input}
        type="search"
        aria-label="Look up a SKU, item id or event id"
        aria-keyshortcuts="/"
        placeholder="SKU, item or event   /"
        spellcheck={false}
        autocomplete="off"
        maxLength={400}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <button type="submit">Look up</button>
    </form>
  );
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}
