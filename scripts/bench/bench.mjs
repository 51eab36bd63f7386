import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { instructions } from './instructions.mjs';
import { Bench } from './session.mjs';
import { comparison } from './compare.mjs';
import { readRecord } from './record.mjs';
import { summaryLines } from './summary.mjs';

/** Does what the options ask for. */
export async function bench(options) {
  if (options.instructions) return instructions(options);
  // What cannot be read is said before anything is measured.
  const earlier = options.compare === undefined ? undefined : readRecord(options.compare, '--compare');
  const resumed = options.resume && existsSync(options.json) ? readRecord(options.json, '--json') : undefined;
  const directory = resolve(options.folder);
  mkdirSync(join(directory, 'weights'), { recursive: true });

  const session = await Bench.open(options, directory, resumed);
  try {
    if (options.profile) return await session.profile(options.workloads);
    await session.measure(options.workloads);
  } finally {
    await session.close();
  }
  console.log('');
  summaryLines(session.record).forEach((line) => console.log(line));
  if (earlier === undefined) return;
  console.log(`\nagainst ${options.compare}:`);
  comparison(earlier, session.record).forEach((line) => console.log(line));
}
