import { valueAt } from './document.ts';
import { ChoiceSetting, TextSetting } from './settings.tsx';
import type { Editor } from './use-editor.ts';

const KINDS = [
  { value: 'delta', words: 'what changed: the rest is as before (delta)' },
  { value: 'snapshot', words: 'everything: what is absent is 0 (snapshot)' },
];

/** What absence means, and what holds a file until somebody has looked. */
export function GuardSettings({ editor }: { editor: Editor }) {
  const kind = valueAt(editor.draft, 'kind') ?? 'delta';
  return (
    <fieldset class="group">
      <legend>Guards</legend>
      <ChoiceSetting
        editor={editor}
        path="kind"
        label="A file says"
        choices={KINDS}
        chosen={kind}
        onChoose={(value) => editor.change('kind', value)}
      />
      <div class="fields">
        <TextSetting
          editor={editor}
          path="guards.lost"
          label="Rows fewer than usual"
          placeholder={kind === 'snapshot' ? '30%' : 'any'}
        />
        <TextSetting editor={editor} path="guards.toZero" label="Figures that go to 0" placeholder="20%" />
        <TextSetting editor={editor} path="guards.refused" label="Rows refused" placeholder="5%" />
        <TextSetting
          editor={editor}
          path="guards.unheard"
          label="Items never named before"
          placeholder="50%"
        />
        <TextSetting editor={editor} path="guards.fewest" label="Fewest rows" placeholder="1" whole />
        <TextSetting
          editor={editor}
          path="expected"
          label="Silent for at most"
          placeholder="any time"
          hint="26h, 7d and the like."
        />
      </div>
      <p class="hint">
        A file that exceeds one of these is held: nothing of it flows until somebody approves it.
      </p>
    </fieldset>
  );
}
