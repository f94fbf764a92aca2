import type { Format } from '../file/row.ts';
import type { DocumentFault } from './read-document.ts';
import { inspectFormat, NAMED_FORMATS } from './time-format.ts';

/** Formats whose reader knows the setting. */
const SETTINGS_OF_FORMATS: Readonly<Record<string, readonly Format[]>> = {
  delimiter: ['csv'],
  quote: ['csv'],
  header: ['csv', 'xlsx'],
  sheet: ['xlsx'],
  rows: ['json', 'xml'],
};

type Loose = Readonly<Record<string, unknown>>;

/** What no key alone has wrong. The document may have any other fault as well, so nothing is sure of its values. */
export function crossFaults(document: unknown): DocumentFault[] {
  const feed = loose(document);
  return [
    ...faultsOfTime(loose(feed.columns), loose(feed.times)),
    ...faultsOfPlaces(loose(feed.columns)),
    ...faultsOfSigns(loose(feed.quantities)),
    ...faultsOfFile(feed),
    ...faultsOfRuns(feed),
  ];
}

function faultsOfTime(columns: Loose, times: Loose): DocumentFault[] {
  const faults: DocumentFault[] = [];
  const say = (path: string, fault: string): void => void faults.push({ path, fault });
  if (columns.updatedAt === undefined && times.of === undefined) {
    say('columns.updatedAt', 'is missing: name the column, or set times.of to file, received or envelope');
  }
  if (columns.updatedAt !== undefined && times.of !== undefined) {
    say('times.of', 'says where the time is from, and columns.updatedAt as well: leave one out');
  }
  if (times.of === 'envelope' && times.field === undefined)
    say('times.field', 'is missing: which of the envelope?');
  if (times.of !== 'envelope' && times.field !== undefined) say('times.field', 'is for times.of: envelope');
  const formats: unknown[] = [times.format].flat();
  const open = formats.find((format) => typeof format === 'string' && leavesZoneOpen(format));
  if (open !== undefined && times.zone === undefined) {
    say('times.zone', `is missing: ${JSON.stringify(open)} names none, so no time would be one moment`);
  }
  return faults;
}

function leavesZoneOpen(format: string): boolean {
  if ((NAMED_FORMATS as readonly string[]).includes(format)) return false;
  const inspected = inspectFormat(format);
  return inspected.ok && !inspected.parts.hasZone;
}

function faultsOfPlaces({ quantity, location, id }: Loose): DocumentFault[] {
  if (typeof quantity !== 'object' || quantity === null || Array.isArray(quantity)) return [];
  const faults: DocumentFault[] = [];
  if (location !== undefined) {
    faults.push({ path: 'columns.location', fault: 'is said by the map of columns.quantity already' });
  }
  if (id !== undefined) {
    const fault = 'names one event, and a row gives one for each location of columns.quantity: leave it out';
    faults.push({ path: 'columns.id', fault });
  }
  return faults;
}

function faultsOfSigns({ decimal, thousands }: Loose): DocumentFault[] {
  if (decimal === undefined || decimal !== thousands) return [];
  return [{ path: 'quantities.thousands', fault: 'is the same sign as quantities.decimal' }];
}

function faultsOfFile(feed: Loose): DocumentFault[] {
  const { format } = feed;
  const foreign = Object.entries(SETTINGS_OF_FORMATS).filter(
    ([setting, formats]) =>
      feed[setting] !== undefined &&
      typeof format === 'string' &&
      !(formats as readonly string[]).includes(format),
  );
  const faults = foreign.map(([setting, formats]) => ({
    path: setting,
    fault: `is for ${formats.join(' and ')}, and format is ${String(format)}`,
  }));
  if (feed.header !== 0) return faults;
  const named = Object.entries(loose(feed.columns)).filter(([, column]) => hasName(column));
  return [
    ...faults,
    ...named.map(([field]) => ({
      path: `columns.${field}`,
      fault: 'must be a number from 1: header is 0, so no column has a name',
    })),
  ];
}

function hasName(column: unknown): boolean {
  if (Array.isArray(column)) return column.some(hasName);
  return typeof column === 'object' && column !== null
    ? Object.values(column).some(hasName)
    : typeof column === 'string';
}

function faultsOfRuns(feed: Loose): DocumentFault[] {
  const faults: DocumentFault[] = [];
  if (feed.every !== undefined && loose(feed.source).upload !== undefined) {
    faults.push({ path: 'every', fault: 'is for a source that is fetched, and source is upload' });
  }
  if (feed.kind === 'snapshot' && loose(feed.guards).fewest === 0) {
    faults.push({
      path: 'guards.fewest',
      fault: 'must be 1 or more for a snapshot: an empty one would zero everything',
    });
  }
  return faults;
}

function loose(value: unknown): Loose {
  return typeof value === 'object' && value !== null ? (value as Loose) : {};
}
