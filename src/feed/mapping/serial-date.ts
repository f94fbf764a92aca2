import { Fault, quoted } from './refusal.ts';

const NUMBER = /^(\d{5})(?:[.,](\d{1,15}))?$/;

/** Days since 30 December 1899, as spreadsheets count them: of this century. */
const FIRST_DAY = 36_526;
const LAST_DAY = 73_050;

const DAY_MS = 86_400_000;

/** Why a number is hardly what it was sent as; undefined for others. */
export function serialDate(text: string): Fault | undefined {
  const [, day, part] = NUMBER.exec(text) ?? [];
  const serial = Number(`${day}.${part ?? 0}`);
  if (!(serial >= FIRST_DAY && serial < LAST_DAY + 1)) return undefined;
  const minutes = Math.round((serial * DAY_MS) / 60_000);
  const iso = new Date(Date.UTC(1899, 11, 30) + minutes * 60_000).toISOString();
  const date = part === undefined ? iso.slice(0, 10) : iso.slice(0, 16).replace('T', ' ');
  return new Fault(
    'bad_time',
    `${quoted(text)} looks like a spreadsheet's serial date (${date}): the sheet has to be sent as .xlsx, or its column formatted as a date and time before it is saved`,
  );
}
