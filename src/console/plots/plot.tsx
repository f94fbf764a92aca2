import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Colours {
  ink: string;
  card: string;
  soft: string;
  line: string;
  good: string;
  bad: string;
  warn: string;
  info: string;
  /** Of suppliers beside each other. */
  shares: string[];
}

export type PlotOptions = Omit<uPlot.Options, 'width' | 'height'>;

/**
 * A plot as wide as its place. What it shows has to stand beside it in words too: to a screen reader it is a picture
 * with a label.
 *
 * @param props.options has to stay the same function as long as the plot is the same one
 */
export function Plot({
  label,
  data,
  options,
  height,
}: {
  label: string;
  data: uPlot.AlignedData;
  options: (colours: Colours) => PlotOptions;
  height: number;
}) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(data);
  latest.current = data;

  useEffect(() => {
    const box = place.current;
    if (!box) return undefined;
    const draw = (): void => {
      plot.current?.destroy();
      const size = { width: Math.max(box.clientWidth, 100), height };
      plot.current = new uPlot({ ...options(coloursAt(box)), ...size }, latest.current, box);
    };
    draw();
    const resized = new ResizeObserver(() => {
      const width = Math.max(box.clientWidth, 100);
      if (plot.current && plot.current.width !== width) plot.current.setSize({ width, height });
    });
    resized.observe(box);
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    return () => {
      dark.removeEventListener('change', draw);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [options, height]);

  useEffect(() => {
    plot.current?.setData(data);
  }, [data]);

  return <div ref={place} class="plot" role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}

/** A canvas does not know custom properties. */
function coloursAt(box: Element): Colours {
  const style = getComputedStyle(box);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    card: colour('card'),
    soft: colour('soft'),
    line: colour('line'),
    good: colour('good'),
    bad: colour('bad'),
    warn: colour('warn'),
    info: colour('info'),
    shares: [1, 2, 3, 4, 5, 6].map((no) => colour(`share-${no}`)),
  };
}

const HOUR_MINUTE = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const TO_THE_SECOND = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });
const DAY = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const DAY_SECONDS = 86_400;

/** An axis of time as the viewer writes it, with the day where it begins or changes. */
export function timeAxis(colours: Colours, more: uPlot.Axis = {}): uPlot.Axis {
  return axis(colours, {
    space: 76,
    values: (_plot, splits, _axis, _space, step) => {
      let last = '';
      return splits.map((second) => {
        const moment = new Date(second * 1000);
        const day = DAY.format(moment);
        const changed = day !== last;
        last = day;
        if (step >= DAY_SECONDS) return day;
        const time = (step < 60 ? TO_THE_SECOND : HOUR_MINUTE).format(moment);
        return changed ? `${time}\n${day}` : time;
      });
    },
    ...more,
  });
}

/** Axes in the colours of the page. */
export function axis(colours: Colours, more: uPlot.Axis = {}): uPlot.Axis {
  return {
    stroke: colours.soft,
    font: '12px system-ui, sans-serif',
    grid: { stroke: colours.line, width: 1 },
    ticks: { stroke: colours.line, width: 1 },
    ...more,
  };
}
