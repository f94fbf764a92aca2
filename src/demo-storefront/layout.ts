import { createHash } from 'node:crypto';
import { markup, type Html } from './markup.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#22262b, #eceae6); --soft: light-dark(#5a626b, #a9b0b8);
  --paper: light-dark(#faf8f4, #17191c); --card: light-dark(#fff, #212429); --line: light-dark(#e0dbd2, #383d44);
  --accent: light-dark(#8a4b14, #f0b27a); --good: light-dark(#1d6b3a, #7fd6a0); --low: light-dark(#8a5a00, #f2c464);
  --none: light-dark(#a3262a, #ff9b9b); }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 60rem; margin: 0 auto; padding: 1rem 1.25rem; }
header a { color: var(--accent); font-weight: 700; letter-spacing: .02em; text-decoration: none; }
a { color: var(--accent); } a:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; }
h1 { font-size: clamp(1.6rem, 5vw, 2.6rem); line-height: 1.15; margin: 0 0 .5rem; overflow-wrap: anywhere; }
.product { display: grid; gap: 2rem; grid-template-columns: repeat(auto-fit, minmax(min(18rem, 100%), 1fr));
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: clamp(1rem, 4vw, 2.5rem); }
.picture { aspect-ratio: 4 / 3; border-radius: .75rem; background: var(--paper); color: var(--accent);
  display: grid; place-items: center; } .picture svg { width: 50%; }
.stock { font-size: 1.25rem; font-weight: 650; } .good { color: var(--good); } .low { color: var(--low); }
.none { color: var(--none); }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1.25rem; margin: 1.5rem 0 0; }
dt, .soft { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
table { width: 100%; border-collapse: collapse; background: var(--card); }
th, td { text-align: left; padding: .6rem .75rem; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
nav { display: flex; gap: 1rem; margin-top: 1rem; } footer { color: var(--soft); font-size: .9rem; }
`;

/** No scripts, no foreign sources; the one style sheet is named by its hash. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; ` +
    `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const;

export function layout(title: string, main: Html): string {
  const style: Html = { html: STYLE };
  return markup`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · Demo storefront</title>
        <style>${style}</style>
      </head>
      <body>
        <header><a href="/">Demo storefront</a></header>
        <main>${main}</main>
        <footer>Pages are kept until a cache bust says that the catalog has changed.</footer>
      </body>
    </html>
`.html;
}
