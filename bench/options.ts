import { parseArgs } from 'node:util';

export interface BenchOptions {
  quick: boolean;
  rounds: number;
  /** Measured, of a round. */
  seconds: number;
  /** Done before it is measured, that code be warm; but no longer than `warmupSeconds`. */
  warmupEvents: number;
  warmupSeconds: number;
  /** Waited at most, before a subject, for what the one before left to do. */
  calmSeconds: number;
  /** Single events sent to an idle subject. */
  idleEvents: number;
  /** How long events are sent at half of the measured rate. */
  halfLoadSeconds: number;
  /** Names of subjects; all without one. */
  only: readonly string[];
  growth: boolean;
  sideBySide: boolean;
  /** How fast files are read, and nothing else. */
  feeds: boolean;
  /** How long pages stay wrong after a burst, and nothing else. */
  freshness: boolean;
  /** How many of its bursts. */
  bursts: number;
  /** Growth at full size. */
  full: boolean;
  /** Rewrite docs/performance.md and its plots. */
  write: boolean;
  /** Where Temporal keeps its data; `postgres` is the server of docker-compose.yml. */
  temporal: 'sqlite' | 'postgres';
  /** With `postgres`, instead of docker-compose.yml's. */
  shards: string | undefined;
  /** With `postgres`, a file instead of that of ops/temporal. */
  dynamicConfig: string | undefined;
  /** With `postgres`: after ops/temporal/lean-visibility.sql. */
  leanVisibility: boolean;
}

/** The subjects that are Temporal's. */
const ON_TEMPORAL = ['ceiling', 'ours', 'textbook'];

const HELP = `npm run bench                       side by side, 5 rounds of 60 s, and growth; rewrites docs/performance.md
npm run bench -- --quick            side by side, one short round; prints only
npm run bench -- --no-growth        side by side only
npm run bench -- --growth           growth only   (--full: at full size)
npm run bench -- --only ours,DBOS   these subjects only
npm run bench -- --readers          signed POSTs beside readers and half-open connections only
npm run bench -- --freshness          how long pages stay wrong after a burst, side by side   (--quick: a tenth; --bursts 1: the first)
npm run bench -- --temporal postgres   ${ON_TEMPORAL.join(', ')} on the server of docker-compose.yml, on PostgreSQL: its first
                                    build takes ten minutes (--shards N, --dynamic-config FILE: other settings;
                                    --lean-visibility: after ops/temporal/lean-visibility.sql)
npm run bench -- --feeds            a million rows of each format of feeds only; prints only
further: --rounds N --seconds S --write --no-write`;

/** @returns undefined when asked for help, which it prints */
export function readOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      growth: { type: 'boolean' },
      readers: { type: 'boolean', default: false },
      feeds: { type: 'boolean', default: false },
      freshness: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      write: { type: 'boolean' },
      bursts: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string' },
      temporal: { type: 'string', default: 'sqlite' },
      shards: { type: 'string' },
      'dynamic-config': { type: 'string' },
      'lean-visibility': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return undefined;
  }
  const { quick, temporal } = values;
  if (temporal !== 'sqlite' && temporal !== 'postgres')
    throw new Error(`--temporal ${temporal}: it is sqlite or postgres`);
  const onPostgres = temporal === 'postgres';
  return {
    quick,
    rounds: numberOf(values.rounds, quick ? 1 : 5),
    seconds: numberOf(values.seconds, quick ? 12 : 60),
    warmupEvents: 1_000,
    warmupSeconds: 15,
    calmSeconds: quick ? 10 : 30,
    idleEvents: quick ? 20 : 100,
    halfLoadSeconds: quick ? 2 : 20,
    only: values.readers ? ['readers'] : (values.only?.split(',') ?? (onPostgres ? ON_TEMPORAL : [])),
    growth:
      !values.freshness &&
      !onPostgres &&
      (values.readers || (values.growth ?? (!quick && values.only === undefined))),
    sideBySide: values.growth !== true && !values.readers && !values.freshness,
    feeds: values.feeds,
    freshness: values.freshness,
    bursts: numberOf(values.bursts, 3),
    full: values.full || values.readers,
    write: values.write ?? !quick,
    temporal,
    shards: values.shards,
    dynamicConfig: values['dynamic-config'],
    leanVisibility: values['lean-visibility'],
  };
}

function numberOf(text: string | undefined, otherwise: number): number {
  const number = Number(text ?? otherwise);
  if (!(number > 0)) throw new Error(`${text} is not a number above 0`);
  return number;
}
