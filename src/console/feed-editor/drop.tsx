import { useEffect, useRef, useState } from 'preact/hooks';
import { Foreign } from '../parts/foreign-text.tsx';
import { Problem } from '../parts/problem.tsx';
import { kib } from './sample.ts';
import type { Editor } from './use-editor.ts';

/** Takes a sample, dropped or picked. Nothing of it is kept before it is handed in. */
export function Drop({ editor }: { editor: Editor }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const { sample, refused, guessing, guessProblem } = editor;
  useEffect(() => {
    // Beside the place, a browser would leave the page for the file.
    const stay = (event: DragEvent): void => event.preventDefault();
    addEventListener('dragover', stay);
    addEventListener('drop', stay);
    return () => {
      removeEventListener('dragover', stay);
      removeEventListener('drop', stay);
    };
  }, []);
  const take = (file: File | null | undefined): void => {
    if (file) void editor.take(file);
  };
  return (
    <div class="drop-place">
      <label
        class={over ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files[0]);
        }}
      >
        {sample ? (
          <span>
            <Foreign text={sample.file.name} />{' '}
            <span class="soft">{kib(sample.file.size)} KiB; drop or pick another one</span>
          </span>
        ) : (
          <span>Drop a file of the supplier here, or pick one</span>
        )}
        <input
          ref={input}
          type="file"
          class="for-screen-readers"
          aria-label="Sample file"
          onChange={({ currentTarget }) => {
            take(currentTarget.files?.[0]);
            currentTarget.value = '';
          }}
        />
      </label>
      {refused !== undefined && (
        <p class="notice bad" role="alert">
          <Foreign text={refused} />
        </p>
      )}
      {guessing && (
        <p class="soft" role="status">
          Its look is being read …
        </p>
      )}
      {guessProblem && <Problem problem={guessProblem} what="Its look could not be read" />}
      {sample?.cutAt !== undefined && (
        <p class="soft">
          Its first {kib(sample.cutAt)} KiB are looked at. Counts and guards are of these alone: in a
          snapshot, what comes later counts as missing here.
        </p>
      )}
    </div>
  );
}
