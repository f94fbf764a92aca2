import { useMemo } from 'preact/hooks';
import type uPlot from 'uplot';
import type { GateSignal } from '../api/types.ts';
import { axis, Plot, timeAxis, type Colours, type PlotOptions } from '../plots/plot.tsx';

/** A signal over the day, its target, and each sample that missed. */
export function Trend({ signal }: { signal: GateSignal }) {
  const { trend, target, title } = signal;
  const limit = limitOf(target);
  const percent = target.includes('%');
  const data = useMemo((): uPlot.AlignedData => {
    const values = trend.map(({ value }) => (value === null || !percent ? value : value * 100));
    return [
      trend.map(({ at }) => Date.parse(at) / 1000),
      values,
      trend.map(() => limit),
      trend.map(({ verdict }, index) => (verdict === 'miss' ? (values[index] ?? null) : null)),
    ];
  }, [trend, limit, percent]);
  const options = useMemo(() => (colours: Colours) => optionsOf(colours, percent ? ' %' : ' s'), [percent]);
  if (trend.length === 0) return <p class="plot-empty soft">No sample in the last day.</p>;
  const misses = trend.filter(({ verdict }) => verdict === 'miss').length;
  return (
    <Plot
      label={`${title} over the last day: ${trend.length} samples, ${misses} of which missed the target ${target}.`}
      data={data}
      options={options}
      height={130}
    />
  );
}

/** `< 0.5 %` is 0.5, `< 90 s` is 90: in the unit that is plotted. */
function limitOf(target: string): number | null {
  const figure = /\d+(?:\.\d+)?/.exec(target)?.[0];
  return figure === undefined ? null : Number(figure);
}

function optionsOf(colours: Colours, unit: string): PlotOptions {
  return {
    legend: { show: false },
    cursor: { show: false },
    axes: [
      timeAxis(colours, { size: 46 }),
      axis(colours, {
        size: 62,
        splits: (_plot, _axis, low, high) => {
          const most = unit === ' %' ? Math.min(high, 100) : high;
          return [low, (low + most) / 2, most];
        },
        values: (_plot, splits) =>
          splits.map((value) => `${Number(value.toPrecision(value < 10 ? 2 : 3))}${unit}`),
      }),
    ],
    scales: { y: { range: (_plot, low, high) => roomAround(low ?? 0, high ?? 0) } },
    series: [
      {},
      { stroke: colours.info, width: 1.5, points: { show: false } },
      { stroke: colours.warn, width: 1, dash: [4, 4], points: { show: false } },
      {
        stroke: colours.bad,
        paths: () => null,
        points: { show: true, size: 6, stroke: colours.bad, fill: colours.bad },
      },
    ],
  };
}

/** From nought up, but for a value that hardly leaves its target of 100 %: there, a little is a lot. */
function roomAround(low: number, high: number): [number, number] {
  if (low > high / 2) {
    const room = Math.max((high - low) * 0.2, high * 0.005);
    return [low - room, high + room];
  }
  return [Math.min(low, 0), Math.max(high * 1.1, 0.1)];
}
