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
  // Without a prototype, no name of an element can mean anything but itself.
  const parts = Object.create(null) as { [name: string]: XmlValue | XmlValue[] };
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
    const before = parts[name];
    if (before === undefined) parts[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else parts[name] = [before, value];
  }
}
