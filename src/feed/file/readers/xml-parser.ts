import { SaxesParser } from 'saxes';
import { UnreadableFile } from '../unreadable-file.ts';

/** A text, a comment or a tag of a sensible file is no longer. */
const MOST_CHARS = 2 ** 20;

export interface XmlHandlers {
  /** Names are without their prefix. */
  open(name: string, attributes: Readonly<Record<string, string>>): void;
  text(text: string): void;
  close(name: string): void;
}

export interface XmlParser {
  /** @throws UnreadableFile */
  write(text: string): void;
  /** @throws UnreadableFile when an element is open still */
  end(): void;
}

const withoutPrefix = (name: string): string => name.slice(name.indexOf(':') + 1);

/** Strict XML without a DTD of its own: nothing is expanded but the five entities of XML and characters by number. */
export function xmlParser(handlers: XmlHandlers): XmlParser {
  const parser = new SaxesParser<{ xmlns: false }>({ xmlns: false });
  let chars = 0;
  let fault: UnreadableFile | undefined;
  let elements = 0;
  const seen = (): void => {
    chars = 0;
  };
  const take = (text: string): void => {
    seen();
    handlers.text(text);
  };
  parser.on('error', (error) => {
    fault ??= wrong(parser.line, error.message.replace(/^\d+:\d+: /, ''));
  });
  parser.on('doctype', (text) => {
    seen();
    if (text.includes('['))
      fault ??= wrong(parser.line, 'it declares entities or a DTD of its own, which are not read');
  });
  parser.on('comment', seen);
  parser.on('processinginstruction', seen);
  parser.on('opentag', ({ name, attributes }) => {
    seen();
    elements += 1;
    handlers.open(withoutPrefix(name), own(attributes));
  });
  parser.on('closetag', ({ name }) => {
    seen();
    handlers.close(withoutPrefix(name));
  });
  parser.on('text', take);
  parser.on('cdata', take);

  const check = (): void => {
    if (fault) throw fault;
    if (chars > MOST_CHARS) throw wrong(parser.line, 'it has a text or a tag of more than 1 MiB');
  };
  return {
    write(text) {
      chars += text.length;
      parser.write(text);
      check();
    },
    end() {
      parser.close();
      if (fault && elements > 0 && /unclosed|unexpected end/i.test(fault.message)) {
        throw new UnreadableFile('The XML ends before its end: it was cut. Send it again.', { cause: fault });
      }
      check();
    },
  };
}

function own(attributes: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes)
      .filter(([name]) => name !== 'xmlns' && !name.startsWith('xmlns:'))
      .map(([name, value]) => [withoutPrefix(name), value]),
  );
}

function wrong(line: number, why: string): UnreadableFile {
  return new UnreadableFile(`The file is no whole XML near line ${line}: ${why}.`);
}
