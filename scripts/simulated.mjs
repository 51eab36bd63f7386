/**
 * Compares the simulated recordings of N-MNIST with real ones: the same digits, event for event counted.
 *
 *     node scripts/simulated.mjs FOLDER [--out docs]
 *
 * FOLDER has recordings `1.bs2` ... and files of labels, as `nmnist` takes it. Writes nmnist-simulated.json (the numbers)
 * and nmnist-simulated.svg, and the numbers into nmnist-simulated.md.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse, View } from 'vega';
import { compile } from 'vega-lite';
import { compared } from './simulated/compared.mjs';
import { drawing } from './simulated/drawing.mjs';
import { keepNumbers } from './simulated/page.mjs';
import { realAndSimulated } from './simulated/recordings.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { limit: { type: 'string' }, out: { type: 'string', default: 'docs' } },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error('simulated: expected the folder of the real recordings, got none');
  process.exit(2);
}
const recordings = await realAndSimulated(folder, values.limit === undefined ? undefined : Number(values.limit));
const numbers = compared(recordings);
await keepNumbers(values.out, numbers);
const svg = await new View(parse(compile(drawing(numbers)).spec), { renderer: 'none' }).toSVG();
await writeFile(join(values.out, 'nmnist-simulated.svg'), svg);
console.log(
  `${numbers.recordings} recordings: ${numbers.real.events.mean} events really, ${numbers.simulated.events.mean} simulated`,
);
