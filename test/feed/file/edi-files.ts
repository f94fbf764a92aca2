import { formatTime, microsOf } from '../../../src/domain/time.ts';
import { checkDefinition } from '../../../src/feed/definition/read-definition.ts';
import { inOnePart } from '../../../src/feed/file/in-one-part.ts';
import { isBad } from '../../../src/feed/file/row.ts';
import { mapRow } from '../../../src/feed/mapping/map-row.ts';
import { openFile } from '../../../src/feed/run/open-file.ts';
import { readAll } from './read-all.ts';

export const ISA =
  'ISA*00*          *00*          *ZZ*ACME           *ZZ*SHOP           *261120*1000*U*00401*000000007*0*P*>~';
export const x12 = (segments: string[], end = '~'): string => {
  const whole = ['ST*846*0001', ...segments];
  return [
    ISA.slice(0, -1),
    'GS*IB*ACME*SHOP*20261120*1000*7*X*004010',
    ...whole,
    `SE*${whole.length + 1}*0001`,
    'GE*1*7',
    'IEA*1*000000007',
    '',
  ].join(end);
};
export const edifact = (segments: string[], end = "'", una = ''): string => {
  const whole = ['UNH+1+INVRPT:D:96A:UN:EAN004', ...segments];
  return `${una}${['UNB+UNOC:3+ACME:14+SHOP:14+261120:1000+42', ...whole, `UNT+${whole.length + 1}+1`, 'UNZ+1+42', ''].join(end)}`;
};
export const values = async (content: string, size?: number): Promise<unknown[]> =>
  (await readAll(content, {}, size)).rows.map(({ line, value }) => [line, value]);

/** What a feed of the supplier makes of it: `SKU quantity location? time`, or why a row is refused. */
export async function mapped(content: string, settings: object): Promise<string[]> {
  const columns = { sku: 'sku', quantity: 'quantity', updatedAt: 'updatedAt' };
  const read = checkDefinition({ feed: 'f', supplier: 's', source: { upload: {} }, columns, ...settings });
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const file = await openFile(inOnePart(Buffer.from(content)), read.definition, {
    ...{ name: undefined, fileTime: AT, receivedAt: AT },
  });
  const said: string[] = [];
  for await (const row of file.rows) {
    if (isBad(row)) throw new Error(row.fault);
    const { events, refusals } = mapRow(row, file.mapping, file.context);
    for (const { sku, quantity, location, updatedAt } of events) {
      const words = [sku, quantity, location, formatTime(updatedAt).replace('.000000', '')];
      said.push(words.filter((word) => word !== '').join(' '));
    }
    said.push(...refusals.map(({ code, reason }) => `${code}: ${reason}`));
  }
  return said;
}

export const BERLIN = { times: { zone: 'Europe/Berlin' } };
const AT = microsOf(new Date('2026-07-20T00:00:00Z'));
export const FILE_TIME = { columns: { sku: 'sku', quantity: 'quantity' }, times: { of: 'file' } };
export const AT_0 = '2026-07-20T00:00:00Z';
