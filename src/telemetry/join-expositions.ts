const ABOUT = /^# (?:HELP|TYPE|UNIT) (\S+)/;

/** Puts one Prometheus text after another; a metric that both have stays as the first has it. */
export function joinExpositions(first: string, second: string): string {
  const taken = new Set(first.split('\n').map(metricAbout));
  let repeated = false;
  const rest = second.split('\n').filter((line) => {
    const metric = metricAbout(line);
    if (metric) repeated = taken.has(metric);
    return line !== '' && !repeated;
  });
  return [first.trimEnd(), ...rest, ''].join('\n');
}

/** The metric that a comment line introduces; its samples follow it. */
function metricAbout(line: string): string | undefined {
  return ABOUT.exec(line)?.[1];
}
