/** Between which numbers bars lie; zero is always among them. */
export interface Extent {
  readonly low: number;
  readonly high: number;
}

/** The extent of some numbers; infinite ones and those that are none do not count. */
export function extentOf(numbers: Iterable<number>): Extent {
  const finite = [...numbers].filter(Number.isFinite);
  return { low: Math.min(0, ...finite), high: Math.max(1e-6, ...finite) };
}

/** Where a number lies, from 0 to 100 %. */
const place = (value: number, { low, high }: Extent) => (100 * (value - low)) / (high - low);

/** Where the line of zero is, for the style of a table of bars. */
export const zero = (extent: Extent) => ({ '--zero': `${place(0, extent)}%` });

/** A bar from zero to a number; none for what is no number. */
export function Bar({ name, value, extent }: { name: string; value: number; extent: Extent }) {
  if (!Number.isFinite(value)) return null;
  const [from, to] = [Math.min(0, value), Math.max(0, value)].map((end) => place(end, extent)) as [number, number];
  return <span class={`bar ${name}`} style={{ left: `${from}%`, width: `${to - from}%` }} />;
}
