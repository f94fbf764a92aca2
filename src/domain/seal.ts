/** Proves that something which lay in foreign hands was said by a process of ours. */
export interface Seal {
  /** @param context where it holds, and nowhere else, e.g. a workflow's id; `content` is read in this order of keys */
  of(context: string, content: unknown): string;
  isOurs(seal: unknown, context: string, content: unknown): boolean;
}
