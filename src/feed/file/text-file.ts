/** A text that can be looked at before it is read. */
export interface TextFile {
  /** Its beginning, to find out by; may end anywhere. */
  sample: string;
  /** The sample is all of it. */
  whole: boolean;
  /** All of it, to be read once. */
  text: AsyncIterable<string>;
}
