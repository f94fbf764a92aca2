import { plainly, valueAt } from './document.ts';
import { ChoiceSetting, TextSetting } from './settings.tsx';
import type { Editor } from './use-editor.ts';

/** Whose files they are, and what the feed is called: for good, once it is there. */
export function NameSettings({ editor, suppliers }: { editor: Editor; suppliers: readonly string[] }) {
  if (editor.own !== undefined) {
    const [feed, supplier] = ['feed', 'supplier'].map((path) => plainly(valueAt(editor.draft, path)));
    return (
      <p>
        Feed <strong>{feed}</strong> of the supplier <strong>{supplier}</strong>
      </p>
    );
  }
  return (
    <fieldset class="group">
      <legend>The feed</legend>
      <div class="fields">
        <ChoiceSetting
          editor={editor}
          path="supplier"
          label="Supplier"
          choices={suppliers.map((supplier) => ({ value: supplier, words: supplier }))}
        />
        <TextSetting
          editor={editor}
          path="feed"
          label="Name"
          placeholder="acme-night"
          hint="a-z, 0-9 and -."
        />
      </div>
    </fieldset>
  );
}
