import { Fragment } from 'preact';
import { Foreign } from './foreign-text.tsx';
import { Time, TIMES } from './time.tsx';

/**
 * A sentence of the server: what stands between backticks is a command or a name, and is shown as code; its times are in
 * the viewer's zone. It may quote what somebody outside wrote.
 */
export function Sentence({ text }: { text: string }) {
  return (
    <>
      {text
        .split(/`([^`]+)`/)
        .map((part, index) =>
          index % 2 === 1 ? <Command key={index} text={part} /> : <Words key={index} text={part} />,
        )}
    </>
  );
}

function Words({ text }: { text: string }) {
  return (
    <>
      {text
        .split(TIMES)
        .map((part, index) =>
          index % 2 === 1 && part.endsWith('Z') ? (
            <Time key={index} at={part} />
          ) : (
            <Quoting key={index} text={part} />
          ),
        )}
    </>
  );
}

/** The blanks at its ends are the sentence's, and not to be named. */
function Quoting({ text }: { text: string }) {
  const [, before, words = '', after] = /^( ?)(.*?)( ?)$/s.exec(text) ?? [];
  return (
    <>
      {before}
      {words !== '' && <Foreign text={words} />}
      {after}
    </>
  );
}

/** Breaks between its words only: `--option` stays whole. */
function Command({ text }: { text: string }) {
  return (
    <code class="command">
      {text.split(' ').map((word, index) => (
        <Fragment key={index}>
          {index > 0 && ' '}
          <span>{word}</span>
        </Fragment>
      ))}
    </code>
  );
}
