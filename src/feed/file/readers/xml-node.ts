export type XmlValue = string | { [name: string]: XmlValue | XmlValue[] };

/** An element that is being read. */
export interface XmlNode {
  open(name: string, attributes: Readonly<Record<string, string>>): XmlNode;
  text(text: string): void;
  /** @returns its parent */
  close(): XmlNode | undefined;
  /** A text alone, or an object: attributes as `@name`, elements by name (several of one name: an array), text as `#text`. */
  value(): XmlValue;
}

export const rootNode = (attributes: Readonly<Record<string, string>>): XmlNode =>
  node(undefined, attributes, () => undefined);

function node(
  parent: XmlNode | undefined,
  attributes: Readonly<Record<string, string>>,
  onClose: (value: XmlValue) => void,
): XmlNode {
  const parts: { [name: string]: XmlValue | XmlValue[] } = {};
  for (const [name, value] of Object.entries(attributes)) parts[`@${name}`] = value;
  let text = '';
  const self: XmlNode = {
    open: (name, own) => node(self, own, (value) => add(name, value)),
    text: (more) => {
      text += more;
    },
    close: () => {
      onClose(self.value());
      return parent;
    },
    value: () => {
      const trimmed = text.trim();
      if (Object.keys(parts).length === 0) return trimmed;
      return trimmed === '' ? parts : Object.assign(parts, { '#text': trimmed });
    },
  };
  return self;

  function add(name: string, value: XmlValue): void {
    const before = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (before === undefined) set(name, value);
    else if (Array.isArray(before)) before.push(value);
    else set(name, [before, value]);
  }

  /** `__proto__` is a name like any other in XML. */
  function set(name: string, value: XmlValue | XmlValue[]): void {
    if (name !== '__proto__') parts[name] = value;
    else Object.defineProperty(parts, name, { value, enumerable: true, configurable: true, writable: true });
  }
}
