/** Plots with nothing but what SVG has; they are read on white and on dark pages. */

const WIDTH = 720;
const LEFT = 140;
const RIGHT = 90;
const INK = '#6b7280';
const COLOURS = ['#2563eb', '#ea580c', '#059669', '#9333ea'];

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const text = (x: number, y: number, words: string, extra = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${extra}>${escape(words)}</text>`;

const svg = (height: number, title: string, body: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" ` +
      `font-family="system-ui, sans-serif" font-size="13" fill="${INK}" role="img" aria-label="${escape(title)}">`,
    text(0, 18, title, 'font-size="15" font-weight="600"'),
    ...body,
    '</svg>',
    '',
  ].join('\n');

export interface Bar {
  label: string;
  value: number;
  /** Drawn as a whisker. */
  least?: number;
  most?: number;
}

export function barChart(title: string, unit: string, bars: readonly Bar[]): string {
  const top = Math.max(...bars.map(({ value, most }) => most ?? value), 1e-9);
  const x = (value: number): number => LEFT + (value / top) * (WIDTH - LEFT - RIGHT);
  const body = bars.flatMap(({ label, value, least, most }, no) => {
    const y = 36 + no * 30;
    const whisker =
      least === undefined || most === undefined
        ? []
        : [
            `<path d="M${x(least).toFixed(1)} ${y + 10}H${x(most).toFixed(1)}" stroke="${INK}" stroke-width="2"/>`,
          ];
    return [
      text(LEFT - 8, y + 15, label, 'text-anchor="end"'),
      `<rect x="${LEFT}" y="${y}" width="${(x(value) - LEFT).toFixed(1)}" height="20" rx="2" fill="${COLOURS[0]}"/>`,
      ...whisker,
      text(x(most ?? value) + 6, y + 15, `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`),
    ];
  });
  return svg(44 + bars.length * 30, title, body);
}

export interface Line {
  label: string;
  points: readonly (readonly [x: number, y: number])[];
}

/** Both axes begin at 0, or the x axis is logarithmic. */
export function lineChart(
  title: string,
  axes: { x: string; y: string; logX?: boolean },
  lines: readonly Line[],
): string {
  const [top, bottom] = [50, 290];
  const scale = (value: number): number => (axes.logX ? Math.log10(value) : value);
  const all = lines.flatMap(({ points }) => points);
  const xs = all.map(([x]) => scale(x));
  const [leastX, mostX] = [axes.logX ? Math.min(...xs) : 0, Math.max(...xs)];
  const mostY = Math.max(...all.map(([, y]) => y), 1e-9) * 1.1;
  const px = (x: number): number =>
    LEFT + ((scale(x) - leastX) / (mostX - leastX || 1)) * (WIDTH - LEFT - RIGHT);
  const py = (y: number): number => bottom - (y / mostY) * (bottom - top);
  const ticks = [...new Set(all.map(([x]) => x))].map((x) =>
    text(px(x), bottom + 18, x.toLocaleString('en'), 'text-anchor="middle"'),
  );
  const marks = [0, 0.5, 1].map((share) =>
    text(LEFT - 8, py(mostY * share) + 4, (mostY * share).toPrecision(2), 'text-anchor="end"'),
  );
  const drawn = lines.flatMap(({ label, points }, no) => {
    const colour = COLOURS[no % COLOURS.length] ?? INK;
    const last = points.at(-1) ?? [0, 0];
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${points.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(' ')}"/>`,
      ...points.map(
        ([x, y]) => `<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="3" fill="${colour}"/>`,
      ),
      text(px(last[0]) + 8, py(last[1]) + 4, label, `fill="${colour}"`),
    ];
  });
  return svg(bottom + 50, title, [
    `<path d="M${LEFT} ${top}V${bottom}H${WIDTH - RIGHT}" fill="none" stroke="${INK}"/>`,
    ...ticks,
    ...marks,
    ...drawn,
    text(LEFT, top - 8, axes.y),
    text((WIDTH + LEFT - RIGHT) / 2, bottom + 40, axes.x, 'text-anchor="middle"'),
  ]);
}
