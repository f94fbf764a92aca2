/**
 * Where the Web UI of a Temporal server most likely is, when nobody says: Temporal Cloud has one for all, elsewhere it
 * is on the server's host.
 *
 * @param address HOST:PORT of the server
 */
export function guessedWebUi(address: string, port: number): string {
  const host = address.slice(0, address.lastIndexOf(':'));
  if (/(?:^|\.)(?:tmprl\.cloud|temporal\.io)$/.test(host)) return 'https://cloud.temporal.io';
  return `http://${host}:${port}`;
}
