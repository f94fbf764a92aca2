/** Begins a statement of every event: each connection then parses and plans it once, and not every time. */
const MARK = '/* prepared */';

/**
 * Names those statements for the driver; the rest go without a name, as there is no end of texts. A marked statement says its
 * columns one by one: PostgreSQL refuses one whose columns have changed under it, as `*` does when a function gets a column.
 */
export function statementNames(): (query: { sql: string }) => string {
  const names = new Map<string, string>();
  return ({ sql }) => {
    if (!sql.trimStart().startsWith(MARK)) return '';
    const name = names.get(sql) ?? `prepared_${names.size + 1}`;
    names.set(sql, name);
    return name;
  };
}
