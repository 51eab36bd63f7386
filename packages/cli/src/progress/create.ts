import { BarMeter } from './bar.js';
import { LineMeter } from './lines.js';
import type { Meter } from './meter.js';

const silent: Meter = { update() {}, note() {}, succeed() {}, [Symbol.dispose]() {} };

/** A meter for the task `title`: a bar on a terminal, plain lines elsewhere, nothing when quiet. */
export function createMeter(title: string, quiet: boolean): Meter {
  if (quiet) return silent;
  // A terminal that does not know its width, as in some containers, cannot redraw a line; ora would never end there.
  const { isTTY, columns } = process.stderr;
  return isTTY && columns > 0 ? new BarMeter(title) : new LineMeter(title);
}
