import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../src/config/project-root.ts';
import { NEWEST, type StockRule, type StockRuleName } from '../../src/domain/stock.ts';
import { mustParseTime, type Micros } from '../../src/domain/time.ts';

/** Something that happens to an item, and what it is then. */
export interface Step {
  /** Of a supplier's event or a correction; of an expiry, that of the event whose figure it ends. */
  eventId: string;
  isExpiry: boolean;
  supplier: string;
  location: string;
  updatedAt: Micros;
  quantity: number;
  shows: number;
  /** What `stockInWords` says of what counts. */
  because: string;
}

export interface WorkedCase {
  title: string;
  rule: StockRule;
  steps: Step[];
}

const HEADING = '## Worked by hand';

/** The cases of docs/who-wins.md, by their headings. */
export function workedCases(): WorkedCase[] {
  const page = readFileSync(path.join(projectRoot(), 'docs/who-wins.md'), 'utf8');
  const [, rest = ''] = page.split(`${HEADING}\n`);
  const [cases = ''] = rest.split('\n## ');
  return cases
    .split('\n### ')
    .slice(1)
    .map((text) => ({ title: text.split('\n')[0] ?? '', rule: ruleOf(text), steps: stepsOf(text) }));
}

/** E.g. "By `priority`, in the order `acme, globex`, with `2` kept back". */
function ruleOf(text: string): StockRule {
  const name = /^By `(\w+)`/m.exec(text)?.[1];
  const order = /in the order `([^`]+)`/.exec(text)?.[1];
  const reserve = /with `(\d+)` kept back/.exec(text)?.[1];
  return {
    ...NEWEST,
    rule: name as StockRuleName,
    order: order?.split(', ') ?? [],
    reserve: Number(reserve ?? 0),
  };
}

function stepsOf(text: string): Step[] {
  const rows = text.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) => {
    const cells = row.split('|').map((cell) => cell.trim());
    const [, event = '', supplier = '', location = '', time, says, shows, because = ''] = cells;
    const isExpiry = event.startsWith('the end of ');
    return {
      eventId: event.replace('the end of ', ''),
      isExpiry,
      supplier,
      location,
      updatedAt: isExpiry ? 0n : mustParseTime(`2026-06-01T${time}Z`),
      quantity: Number(says),
      shows: Number(shows),
      because,
    };
  });
}
