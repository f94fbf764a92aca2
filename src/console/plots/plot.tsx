import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

export interface Colours {
  ink: string;
  soft: string;
  line: string;
  good: string;
  bad: string;
  warn: string;
  info: string;
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
    soft: colour('soft'),
    line: colour('line'),
    good: colour('good'),
    bad: colour('bad'),
    warn: colour('warn'),
    info: colour('info'),
  };
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
