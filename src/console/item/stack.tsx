import { useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { TraceVersion } from '../api/types.ts';
import { Time } from '../parts/time.tsx';
import { axis, Plot, timeAxis, type Colours, type PlotOptions } from '../plots/plot.tsx';
import { figuresOf, stackOf } from './stack-data.ts';
import { roomAround, withMargin } from './time-line-ranges.ts';

/** Each supplier's figure on top of the others, version by version; nothing where no version is made of shares. */
export function StackedLine({ versions }: { versions: readonly TraceVersion[] }) {
  const [index, setIndex] = useState<number | null>(null);
  const stack = useMemo(() => stackOf(versions, Date.now() / 1000), [versions]);
  const onPoint = useRef(setIndex);
  const count = stack?.layers.length ?? 0;
  const options = useMemo(() => (colours: Colours) => optionsOf(colours, count, onPoint.current), [count]);
  if (!stack) return null;
  return (
    <div class="card">
      <h3>Whose figures it was made of</h3>
      <Plot
        label={`What each supplier's figure was in each of ${versions.length.toLocaleString()} versions. The table of the version chain says the same.`}
        data={stack.data}
        options={options}
        height={180}
      />
      <ul class="legend stack" aria-hidden="true">
        <li class="version-line">the catalog says</li>
        {stack.layers.map((supplier, layer) => (
          <li key={supplier} class={`share-${layer + 1}`}>
            {supplier}
          </li>
        ))}
      </ul>
      <p class="readout soft" aria-hidden="true">
        <Readout version={index === null ? undefined : stack.at[index]} />
      </p>
    </div>
  );
}

/** E.g. `acme 5 + globex 6`. */
export function madeOf(version: TraceVersion): string {
  if (version.shares === null) return '';
  const figures = [...figuresOf(version)].map(
    ([supplier, pieces]) => `${supplier} ${pieces.toLocaleString()}`,
  );
  return figures.length === 0 ? 'no figure counts' : figures.join(' + ');
}

function Readout({ version }: { version: TraceVersion | undefined }) {
  if (!version) return <>Point at the plot to read it; the version chain says the same.</>;
  const of = version.shares === null ? `, of ${version.supplier} alone` : `: ${madeOf(version)}`;
  return (
    <>
      Version {version.version} is {version.quantity.toLocaleString()}
      {of}, made <Time at={version.createdAt} precise />
    </>
  );
}

function optionsOf(colours: Colours, count: number, onPoint: (index: number | null) => void): PlotOptions {
  const stepped = uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) };
  return {
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { show: false } },
    scales: {
      x: { range: (_plot, low, high) => withMargin(low, high) },
      y: { range: (_plot, low, high) => roomAround(low, high) },
    },
    axes: [timeAxis(colours), axis(colours, { size: 44 })],
    series: [
      {},
      // A layer is drawn down to 0, over those that stand on it.
      ...Array.from({ length: count }, (_, index) => ({
        fill: colours.shares[count - 1 - index] ?? colours.soft,
        // What lies on another is told from it by its edge, too.
        stroke: colours.card,
        width: 1,
        fillTo: 0,
        points: { show: false },
        ...stepped,
      })),
      { stroke: colours.ink, width: 2, points: { show: false }, ...stepped },
    ],
    hooks: { setCursor: [(plot) => onPoint(versionUnder(plot))] },
  };
}

/** A version stands until the next: not the nearest point, but the last before the pointer. */
function versionUnder(plot: uPlot): number | null {
  const { left, idx } = plot.cursor;
  if (left === undefined || left < 0 || idx == null) return null;
  const seconds = plot.posToVal(left, 'x');
  const index = plot.data[0].findLastIndex((x) => x <= seconds);
  return index < 0 ? null : index;
}
