import { parseArgs } from 'node:util';

export interface SoakOptions {
  minutes: number;
  seed: number;
  /** Events of all suppliers together. */
  perSecond: number;
  /** Put the table into docs/reliability.md. */
  write: boolean;
}

const HELP = `npm run soak                    10 minutes of kills, freezes and floods; then all is checked
npm run soak -- --minutes 2     shorter or longer
npm run soak -- --seed 7        the draws of a former one
npm run soak -- --rate 30       events a second (default 18)
npm run soak -- --write         puts the table into docs/reliability.md
Ctrl-C ends it early and still checks all.`;

/** @returns undefined when asked for help, which it prints */
export function readOptions(args: readonly string[]): SoakOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '10' },
      seed: { type: 'string' },
      rate: { type: 'string', default: '18' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  return {
    minutes: numberOf(values.minutes),
    seed:
      values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : Math.trunc(numberOf(values.seed)),
    perSecond: numberOf(values.rate),
    write: values.write,
  };
}

function numberOf(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`${text} is not a number above 0`);
  return number;
}
