/** A file as a person gave it, and as much of it as a preview takes. */
export interface Sample {
  file: File;
  base64: string;
  /** How many bytes are looked at, where the file is longer. */
  cutAt: number | undefined;
}

/** The document and base64's third more have to fit into a request of 1 MiB as well. */
const MOST_BYTES = 700 * 1024;
const LOOKED_AT = 4 * 1024;

/** @throws Error with a sentence for people */
export async function readSample(file: File): Promise<Sample> {
  if (file.size === 0) throw new Error(`${file.name} is empty.`);
  if (file.size <= MOST_BYTES) return { file, base64: await base64Of(file), cutAt: undefined };
  const bytes = new Uint8Array(await file.slice(0, MOST_BYTES).arrayBuffer());
  // What is packed, a spreadsheet or UTF-16 cannot be cut at the end of a line.
  const end = bytes.subarray(0, LOOKED_AT).includes(0) || isPacked(bytes) ? -1 : endOfLastLine(bytes);
  if (end <= 0) {
    throw new Error(
      `${file.name} is too long to be looked at here: ${kib(file.size)} KiB, where ${kib(MOST_BYTES)} are the most. ` +
        'Take a shorter sample of the same kind.',
    );
  }
  return { file, base64: await base64Of(file.slice(0, end)), cutAt: end };
}

export function kib(bytes: number): string {
  return Math.ceil(bytes / 1024).toLocaleString();
}

function isPacked([first, second]: Uint8Array): boolean {
  return (first === 0x1f && second === 0x8b) || (first === 0x50 && second === 0x4b);
}

/** Of LF, or of CR where there is no LF. */
function endOfLastLine(bytes: Uint8Array): number {
  return bytes.lastIndexOf(0x0a) + 1 || bytes.lastIndexOf(0x0d) + 1 || -1;
}

function base64Of(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener('load', () => {
      const url = typeof reader.result === 'string' ? reader.result : '';
      resolve(url.slice(url.indexOf(',') + 1));
    });
    reader.addEventListener('error', () =>
      reject(new Error('The browser cannot read the file: choose it anew.')),
    );
    reader.readAsDataURL(blob);
  });
}

/** What a feed of such a file may be called, until somebody names it. */
export function nameOf(file: string, supplier: string): string {
  const stem = file
    .toLowerCase()
    .replace(/\.[a-z0-9.]*$/, '')
    .replaceAll(/[^a-z]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
  return `${supplier}-${stem === '' ? 'stock' : stem}`.slice(0, 40).replace(/-+$/, '');
}
