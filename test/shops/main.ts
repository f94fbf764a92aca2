import '../support/allow-loopback.ts';
import path from 'node:path';
import { replaceSection } from '../../bench/report/markdown.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { reportText } from './report.ts';
import { runShops } from './run-shops.ts';

const EVENTS = 2_000;

const events = Number(process.env.SHOP_EVENTS ?? EVENTS);
const seed = Number(process.env.SHOP_SEED ?? Math.floor(Math.random() * 1_000_000));
if (!Number.isInteger(events) || events < 1 || !Number.isInteger(seed))
  throw new Error('SHOP_EVENTS and SHOP_SEED are whole numbers');

const begun = Date.now();
const report = await runShops({ events, seed }, (doing) => {
  console.error(`${String(Math.round((Date.now() - begun) / 1_000)).padStart(4)} s  ${doing}`);
});
const text = reportText(report);
console.log(`\n${text}`);
if (report.findings.some(({ wrong }) => wrong.length > 0)) process.exitCode = 1;
// A small one says less than what stands there.
else if (events >= EVENTS) await replaceSection(path.join(projectRoot(), 'docs/shops.md'), 'shops', text);
