const OLE =
  'an old Excel file (.xls), or one with a password; save it as .xlsx without a password, or as CSV';

/** First bytes of what is often sent in place of a feed, and what to say of it. */
const KINDS: readonly (readonly [start: Buffer, name: string])[] = [
  [Buffer.from('d0cf11e0a1b11ae1', 'hex'), OLE],
  [Buffer.from('%PDF'), 'a PDF'],
  [Buffer.from('89504e47', 'hex'), 'a picture'],
  [Buffer.from('ffd8ff', 'hex'), 'a picture'],
  [Buffer.from('BZh'), 'packed with bzip2; send it as it is, or packed with gzip or zip'],
  [Buffer.from('fd377a585a00', 'hex'), 'packed with xz; send it as it is, or packed with gzip or zip'],
  [Buffer.from('28b52ffd', 'hex'), 'packed with zstd; send it as it is, or packed with gzip or zip'],
  [Buffer.from('377abcaf271c', 'hex'), 'a 7z archive; send the file as it is, or packed with gzip or zip'],
  [Buffer.from('Rar!'), 'a RAR archive; send the file as it is, or packed with gzip or zip'],
  [Buffer.from('-----BEGIN PGP'), 'encrypted or signed with PGP; decrypt it first'],
  [Buffer.from('PAR1'), 'a Parquet file; send CSV, JSON or XLSX'],
];

/** What a file is that no reader reads; undefined for what may be text. */
export function nameBinary(head: Buffer): string | undefined {
  return KINDS.find(([start]) => head.subarray(0, start.length).equals(start))?.[1];
}
