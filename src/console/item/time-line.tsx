import { useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { getPage } from '../api/request.ts';
import type { TraceAnswer, TraceEvent, TraceVersion } from '../api/types.ts';
import { EventId } from '../parts/event-id.tsx';
import { Fold } from '../parts/fold.tsx';
import { Problem } from '../parts/problem.tsx';
import { Time } from '../parts/time.tsx';
import { axis, Plot, timeAxis, type Colours, type PlotOptions } from '../plots/plot.tsx';
import { useAction } from '../state/use-action.ts';
import { StackedLine } from './stack.tsx';
import { join, KINDS, timeLineOf, type Clock, type Kind } from './time-line-data.ts';
import { roomAround, withMargin } from './time-line-ranges.ts';

const CLOCKS: readonly [Clock, string][] = [
  ['updatedAt', 'updatedAt: who wins'],
  ['receivedAt', 'received: how it came'],
];
const MORE = 1000;

/** Versions and events on one plot. Older events are added to it when somebody asks. */
export function TimeLine({ trace, next }: { trace: TraceAnswer; next: string | undefined }) {
  const [chosen, setClock] = useState<Clock>('updatedAt');
  const [older, setOlder] = useState<Pick<TraceAnswer, 'versions' | 'events'>>({ versions: [], events: [] });
  // Where the older ones go on; undefined when there are no more.
  const [from, setFrom] = useState<{ next: string | undefined } | undefined>();
  const [index, setIndex] = useState<number | null>(null);
  const whole = useMemo(() => join(older, trace), [older, trace]);
  // A figure that is made of several events has no moment of any one of them.
  const weighed = whole.versions.some(({ shares }) => shares);
  const clock = weighed ? 'receivedAt' : chosen;
  const line = useMemo(() => timeLineOf(whole, clock), [whole, clock]);
  const onPoint = useRef(setIndex);
  const options = useMemo(() => (colours: Colours) => optionsOf(colours, onPoint.current), []);
  const more = from ? from.next : next;

  const load = useAction(async () => {
    if (more === undefined) return;
    const address = new URL(more, location.href);
    address.searchParams.set('limit', String(MORE));
    const page = await getPage<TraceAnswer>(address.pathname + address.search);
    setOlder((old) => join(page.data, old));
    setFrom({ next: page.next });
  });

  const count = whole.events.length.toLocaleString();
  return (
    <Fold id="time-line" title="Time line">
      {!weighed && (
        <fieldset class="switch">
          <legend class="for-screen-readers">Time that counts</legend>
          {CLOCKS.map(([value, name]) => (
            <label key={value}>
              <input type="radio" name="clock" checked={clock === value} onChange={() => setClock(value)} />{' '}
              {name}
            </label>
          ))}
        </fieldset>
      )}
      <div class="card">
        <Plot
          label={`Quantity over time: ${count} events and ${whole.versions.length.toLocaleString()} versions. The tables below say the same.`}
          data={line.data}
          options={options}
          height={220}
        />
        <ul class="legend" aria-hidden="true">
          <li class="version-line">version</li>
          {KINDS.map((kind) => (
            <li key={kind} class={kind}>
              {kind}
            </li>
          ))}
        </ul>
        <p class="readout soft" aria-hidden="true">
          <Readout what={index === null ? undefined : line.at[index]} />
        </p>
        {load.problem && <Problem problem={load.problem} what="Older events could not be read" />}
        {more !== undefined && (
          <p class="row">
            <span class="soft">The newest {count} events.</span>
            <button type="button" disabled={load.busy} onClick={() => void load.run()}>
              {load.busy ? 'Reading …' : `Add ${MORE.toLocaleString()} older ones`}
            </button>
          </p>
        )}
      </div>
      <StackedLine versions={whole.versions} />
    </Fold>
  );
}

function Readout({ what }: { what: TraceEvent | TraceVersion | undefined }) {
  if (!what) return <>Point at the plot to read it; the tables below say the same.</>;
  const name = (
    <>
      <EventId text={what.eventId} /> of {what.supplier}
    </>
  );
  if ('createdAt' in what) {
    return (
      <>
        Version {what.version}: {what.quantity} by {name}, made <Time at={what.createdAt} precise />
      </>
    );
  }
  if (what.kind === 'expiry') {
    return (
      <>
        Expiry of <EventId text={what.voids?.eventId ?? 'a figure'} /> of {what.supplier}, due{' '}
        <Time at={what.updatedAt} precise />
      </>
    );
  }
  return (
    <>
      {what.outcome}: {what.quantity} by {name}, updated <Time at={what.updatedAt} precise />, received{' '}
      <Time at={what.receivedAt} precise />
    </>
  );
}

function optionsOf(colours: Colours, onPoint: (index: number | null) => void): PlotOptions {
  const looks: Record<Kind, { stroke: string; size: number; filled: boolean }> = {
    won: { stroke: colours.good, size: 11, filled: true },
    superseded: { stroke: colours.soft, size: 6, filled: false },
    rejected: { stroke: colours.bad, size: 7, filled: true },
    waiting: { stroke: colours.info, size: 8, filled: false },
    voided: { stroke: colours.warn, size: 7, filled: false },
    expiry: { stroke: colours.warn, size: 7, filled: true },
  };
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
      {
        stroke: colours.info,
        width: 1.5,
        spanGaps: true,
        points: { show: false },
        ...(uPlot.paths.stepped && { paths: uPlot.paths.stepped({ align: 1 }) }),
      },
      ...KINDS.map((kind) => {
        const { stroke, size, filled } = looks[kind];
        return {
          stroke,
          // Points alone.
          paths: () => null,
          points: { show: true, size, stroke, width: 1.5, fill: filled ? stroke : colours.card },
        };
      }),
    ],
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? null)] },
  };
}
