import { InvalidArgumentError, type Command } from 'commander';
import { faultOfText } from '../domain/gate-text.ts';
import { NAME, SKU_BYTES } from '../domain/identity.ts';
import type { Origin } from '../domain/origin.ts';
import { isStorable, isPrintable } from '../domain/safe-text.ts';
import { parseExactTime, type Micros } from '../domain/time.ts';
import { osUser } from '../process/os-user.ts';
import { utf8Length } from '../domain/utf8.ts';
import { checkSkuRule } from '../sku-rule/sku-rule.ts';
import { addressBelow } from '../storefront/address.ts';

/** Parsers for the values of options and arguments; commander turns what they throw into wrong usage. */
export function nameValue(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError('A name is 1 to 40 of a-z, 0-9 and "-".');
  return text;
}

/** As a shop has it. */
export function skuValue(text: string): string {
  if (text === '' || utf8Length(text) > SKU_BYTES || !isStorable(text)) {
    throw new InvalidArgumentError(`It has to be 1 to ${SKU_BYTES} bytes of text.`);
  }
  return text;
}

export function storefrontValue(text: string): string {
  if (text === 'none') return text;
  if (!isStorable(text) || !addressBelow(text, 'items')) {
    throw new InvalidArgumentError('It has to be an http(s) address without user and password.');
  }
  return text;
}

export function timeZoneValue(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError('It has to be a name such as Europe/Berlin or UTC.');
  }
}

/** A rule that cannot be compiled would fail every event of the supplier. */
export function skuPatternValue(text: string): string {
  const fault = checkSkuRule(text);
  if (fault !== undefined) {
    throw new InvalidArgumentError(`It is not a regular expression of the RE2 syntax: ${fault}`);
  }
  return text;
}

export function wholeNumber(least: number, most = 2_147_483_647): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`);
    }
    return value;
  };
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** `90s`, `30m`, `24h`, `7d`, or 0; in seconds, up to a year. */
export function durationValue(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const value = match ? Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS] : Number.NaN;
  if (text === '0') return 0;
  if (!(value <= 366 * SECONDS.d)) {
    throw new InvalidArgumentError('It has to be a number with s, m, h or d, such as 24h, up to a year.');
  }
  return value;
}

/** `400d`, `48h`: an age in seconds, at least so many days and at most a hundred years. */
export function ageValue(leastDays: number, why: string): (text: string) => number {
  return (text) => {
    const match = /^(\d{1,9})([smhd])$/.exec(text);
    const value = match ? Number(match[1]) * SECONDS[match[2] as keyof typeof SECONDS] : Number.NaN;
    if (!(value <= 36_525 * SECONDS.d)) {
      throw new InvalidArgumentError('It has to be a number with d, h, m or s, such as 400d.');
    }
    if (value < leastDays * SECONDS.d)
      throw new InvalidArgumentError(`It has to be at least ${leastDays}d: ${why}.`);
    return value;
  };
}

/** A moment with its offset, such as 2026-06-01T00:00:00Z, to the microsecond. */
export function timeValue(text: string): Micros {
  const parsed = parseExactTime(text);
  if (!parsed.ok) throw new InvalidArgumentError(`It is ${parsed.fault}.`);
  return parsed.at;
}

/** A SHA-256 in hex. */
export function hashValue(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new InvalidArgumentError('It has to be 64 characters of 0-9 and a-f.');
  return text.toLowerCase();
}

/** Text that is kept for people to read. */
export function textValue(text: string): string {
  const line = text.trim();
  if (line === '' || line.length > 500 || !isPrintable(line)) {
    throw new InvalidArgumentError('It has to be one line of 1 to 500 printable characters.');
  }
  return line;
}

/** A reason or an explanation for the launch gate, as it may be given over HTTP. */
export function gateTextValue(text: string): string {
  const fault = faultOfText(text.trim());
  if (fault !== undefined) throw new InvalidArgumentError(`It ${fault}.`);
  return text.trim();
}

/** Adds what every change is audited with. */
export function auditOptions(command: Command): Command {
  return command
    .option('--reason <text>', 'why, for the audit list', textValue)
    .option('--actor <name>', 'who, for the audit list (default: the OS user)', textValue);
}

export interface AuditOptions {
  reason?: string;
  actor?: string;
}

export function actorOf(options: Pick<AuditOptions, 'actor'>): string {
  return options.actor ?? osUser();
}

/** By whose right a command works: the OS user's, whatever name was given for the audit list. */
export function cliOrigin(): Origin {
  const principal = { kind: 'cli', name: osUser() } as const;
  return { principal, tokenId: null, requestId: null, address: 'cli' };
}

/** Who gave a command, for the audit list. */
export function auditedBy(options: Pick<AuditOptions, 'actor'>): { actor: string; origin: Origin } {
  return { actor: actorOf(options), origin: cliOrigin() };
}

/** Requests a minute, or none for without a limit. */
export function rateLimitValue(text: string): number | 'default' {
  if (text === 'none') return 0;
  return text === 'default' ? text : wholeNumber(1)(text);
}

const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** `mon-fri` or `mon,wed,sat`, as ISO weekdays. */
export function workDaysValue(text: string): number[] {
  const days = text
    .toLowerCase()
    .split(',')
    .flatMap((part) => {
      const [first = 0, last = first] = part.split('-').map((name) => WEEKDAYS.indexOf(name) + 1);
      const isSpan = part.split('-').length <= 2 && first > 0 && last >= first;
      return isSpan ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : [0];
    });
  if (days.includes(0)) throw new InvalidArgumentError('It has to be days such as mon-fri or mon,wed,sat.');
  return [...new Set(days)].toSorted((a, b) => a - b);
}

/** `09:00-17:00`; the end may be 24:00. */
export function workHoursValue(text: string): { from: string; to: string } {
  const match = /^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.exec(text);
  const [, from, to] = match ?? [];
  if (from === undefined || to === undefined || from >= to) {
    throw new InvalidArgumentError('It has to be hours of one day such as 09:00-17:00 or 00:00-24:00.');
  }
  return { from, to };
}

/** `2026-12-25,2026-12-26`, or `none`. */
export function holidaysValue(text: string): string[] {
  if (text === 'none') return [];
  const days = text.split(',');
  if (days.some((day) => !/^\d{4}-\d{2}-\d{2}$/.test(day) || !parseExactTime(`${day}T00:00:00Z`).ok)) {
    throw new InvalidArgumentError('It has to be days such as 2026-12-25,2026-12-26, or none.');
  }
  return [...new Set(days)].toSorted();
}
