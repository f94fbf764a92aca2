import fc from 'fast-check';
import { DateTime } from 'luxon';

const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe'];
/** What an event says, as a supplier's program knows it. */
export interface Event {
  sku: string;
  quantity: number;
  /** Seconds since 1970. */
  at: number;
  location: string;
}

export const event = fc.record({
  sku: fc.stringMatching(/^[A-ZÄÖÜ0-9][A-ZÄÖÜ0-9 .,;"'/-]{0,10}[A-Z0-9]$/),
  quantity: fc.oneof(
    fc.integer({ min: -50, max: 2000 }),
    fc.integer({ min: -2_147_483_648, max: 2_147_483_647 }),
  ),
  at: fc.integer({ min: 1_000_000_000, max: 4_000_000_000 }),
  location: fc.constantFrom('', 'west', 'Lager 2'),
});

/** How times are written, and what says so. */
export interface TimeStyle {
  settings: { format?: string | string[]; zone?: string };
  write: (at: number) => string;
}

const local = (format: string, zone: string): TimeStyle => ({
  settings: { format, zone },
  write: (at) => DateTime.fromSeconds(at, { zone }).toFormat(format),
});

export const zone = fc.constantFrom(...ZONES);

export const timeStyle: fc.Arbitrary<TimeStyle> = fc.oneof(
  fc.constant({ settings: {}, write: (at: number) => new Date(at * 1000).toISOString() }),
  fc.constant({ settings: { format: 'epoch' }, write: String }),
  fc.constant({ settings: { format: 'epochMillis' }, write: (at: number) => `${at}000` }),
  zone.map((name) => ({ ...local('yyyy-MM-dd HH:mm:ss', name), settings: { zone: name } })),
  zone.map((name) => ({ ...local('yyyy-MM-dd HH:mm:ssZZ', name), settings: {} })),
  fc
    .tuple(
      fc.constantFrom(
        'dd.MM.yyyy HH:mm:ss',
        'd.M.yyyy H:mm:ss',
        'MM/dd/yyyy hh:mm:ss a',
        'dd/MM/yyyy HH:mm:ss',
        'yyyyMMddHHmmss',
        'd MMM yyyy HH:mm:ss',
      ),
      zone,
    )
    .map(([format, name]) => local(format, name)),
);

/** How quantities are written, and what says so. */
export interface NumberStyle {
  settings: { decimal?: string; thousands?: string };
  write: (quantity: number) => string;
}

const grouped =
  (sign: string, decimals: string): NumberStyle['write'] =>
  (quantity) =>
    quantity.toLocaleString('en-US').replaceAll(',', sign) + decimals;

export const numberStyle = fc.constantFrom<NumberStyle>(
  { settings: {}, write: String },
  { settings: {}, write: (quantity) => `${quantity}.0` },
  { settings: { decimal: ',' }, write: (quantity) => `${quantity},00` },
  { settings: { decimal: ',', thousands: '.' }, write: grouped('.', ',0') },
  { settings: { thousands: '.' }, write: grouped('.', '') },
  { settings: { decimal: '.', thousands: ',' }, write: grouped(',', '.00') },
  { settings: { thousands: ' ' }, write: grouped('\u00a0', '') },
  { settings: { thousands: "'" }, write: grouped('’', '.0') },
);

/** Of an hour that a clock shows twice, only the earlier one can be written. */
export function canBeWritten(at: number, name: string | undefined): boolean {
  const offsets = DateTime.fromSeconds(at, { zone: name ?? 'UTC' }).getPossibleOffsets();
  return Math.min(...offsets.map((one) => one.toSeconds())) === at;
}
