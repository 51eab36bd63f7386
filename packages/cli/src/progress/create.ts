import { BarMeter } from './bar.js';
import { LineMeter } from './lines.js';
import type { Meter } from './meter.js';

const silent: Meter = { update() {}, note() {}, succeed() {}, [Symbol.dispose]() {} };

/** A meter for the task `title`: a bar on a terminal, plain lines elsewhere, nothing when quiet. */
export function createMeter(title: string, quiet: boolean): Meter {
  if (quiet) return silent;
  return process.stderr.isTTY ? new BarMeter(title) : new LineMeter(title);
}
