/** The first and the last point are whole, and a moment alone gets a minute around it. */
export function withMargin(low: number, high: number): [number, number] {
  const margin = high > low ? (high - low) * 0.03 : 30;
  return [low - margin, high + margin];
}

/** One quantity alone still gets an axis. */
export function roomAround(low: number | null, high: number | null): [number, number] {
  const [least, most] = [low ?? 0, high ?? 1];
  const room = Math.max((most - least) * 0.1, 1);
  return [Math.min(0, least), most + room];
}
