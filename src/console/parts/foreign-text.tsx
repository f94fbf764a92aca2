/**
 * What nobody sees, or what turns the direction of its surroundings. A line's end and a tab are seen; joiners and
 * variants of a glyph belong to several scripts and to emoji, but beside a plain letter they only hide.
 */
const UNSEEN = new RegExp(
  `(${[
    String.raw`(?![\n\t])[\p{Cc}\p{Co}\p{Zl}\p{Zp}\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180e]`,
    String.raw`[\u2000-\u200b\u200e\u200f\u202a-\u202f\u205f-\u206f\u2800\u3000\u3164\ufeff\uffa0\ufff9-\ufffb]`,
    String.raw`[\u{e0000}-\u{e0fff}]`,
    String.raw`(?<![^\p{ASCII}])[\u200c\u200d]|[\u200c\u200d](?![^\p{ASCII}])`,
    String.raw`(?<=\p{ASCII})[\ufe00-\ufe0f](?!\u20e3)`,
    '^ +| +$',
  ].join('|')})`,
  'gu',
);
const SOMETHING_SEEN = /[^\p{C}\p{Z}\p{M}]/u;

/**
 * What somebody outside wrote: a SKU, an id, a reason. Its direction stays its own, it breaks anywhere, and what
 * cannot be seen in it is named: no blank hides in an id, and no link is without a text.
 */
export function Foreign({ text }: { text: string }) {
  if (text === '') return <span class="code-point">empty</span>;
  const parts = SOMETHING_SEEN.test(text) ? text.split(UNSEEN) : Array.from(text).flatMap((one) => ['', one]);
  return (
    <bdi class="foreign">
      {parts.map((part, index) => (index % 2 === 1 ? <Unseen key={index} text={part} /> : part))}
    </bdi>
  );
}

function Unseen({ text }: { text: string }) {
  const names = Array.from(text).map(
    (one) => `U+${(one.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
  return <span class="code-point">{names.join(' ')}</span>;
}

/** The same for a place that takes plain text only, such as the title of a window. */
export function seen(text: string): string {
  return text.replace(UNSEEN, '\u{fffd}');
}
