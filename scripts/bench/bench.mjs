import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { comparison } from './compare.mjs';
import { document } from './document.mjs';
import { readRecord } from './record.mjs';
import { Bench } from './session.mjs';

/** What can be asked for, instead of timing the workloads. */
const modes = ['profile', 'instructions', 'linearity', 'edge'];

/** Does what the options ask for. */
export async function bench(options) {
  if (options.document !== undefined) return document(readRecord(options.document, '--document'));
  // What cannot be read is said before anything is measured.
  const earlier = options.compare === undefined ? undefined : readRecord(options.compare, '--compare');
  const resumed = options.resume && existsSync(options.json) ? readRecord(options.json, '--json') : undefined;
  const directory = resolve(options.folder);
  mkdirSync(join(directory, 'weights'), { recursive: true });

  const session = await Bench.open(options, directory, resumed);
  try {
    const asked = modes.filter((mode) => options[mode]);
    for (const mode of asked.length > 0 ? asked : ['measure']) await session[mode](options.workloads);
  } finally {
    await session.close();
  }
  if (earlier === undefined) return;
  console.log(`\nagainst ${options.compare}:`);
  comparison(earlier, session.record).forEach((line) => console.log(line));
}
