import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { replaced } from '../bench/marks.mjs';

/**
 * Adds numbers to nmnist-simulated.json in a folder, and writes all of them into nmnist-simulated.md where that is there.
 * What else stands in the file was measured at another time, and stays.
 */
export async function keepNumbers(folder, additions) {
  await mkdir(folder, { recursive: true });
  const [data, page] = ['json', 'md'].map((ending) => join(folder, `nmnist-simulated.${ending}`));
  const numbers = { ...JSON.parse(await readFile(data, 'utf8').catch(() => '{}')), ...additions };
  await write(data, JSON.stringify(numbers));
  if (!existsSync(page)) return;
  const parts = { table: table(numbers), use: use(numbers) };
  const text = Object.entries(parts).reduce(
    (whole, [name, part]) => replaced(whole, name, `\n\n${part}\n\n`),
    await readFile(page, 'utf8'),
  );
  await write(page, text);
}

async function write(path, text) {
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}

function table({ real, simulated, correlation, likeness, difference }) {
  const row = (name, pick) => `| ${name} | ${pick(real)} | ${pick(simulated)} |`;
  const percent = (share) => `${Math.round(100 * share)} %`;
  return [
    '| per recording | real | simulated |',
    '|---|---:|---:|',
    row('events, mean', ({ events }) => events.mean.toFixed(0)),
    row('events, standard deviation', ({ events }) => events.deviation.toFixed(0)),
    row('ON, OFF', ({ on, off }) => `${on.toFixed(0)}, ${off.toFixed(0)}`),
    row('last event (ms)', ({ duration }) => (duration / 1000).toFixed(0)),
    '',
    `Correlation ${correlation}, likeness ${likeness}. Of the mean events per 10 ms ${percent(difference.time)} would have to be at ` +
      `another time for the two to be equal, of those per pixel ${percent(difference.space)} at another place.`,
  ].join('\n');
}

function use({ usefulness }) {
  if (usefulness === undefined) return 'Not measured yet.';
  const { network, simulated, epochs, accuracy } = usefulness;
  return [
    `${network}, ten bins, trained naturally on ${simulated} simulated recordings for ${epochs} epochs:`,
    '',
    '| tested on | accuracy |',
    '|---|---:|',
    ...Object.entries(accuracy).map(([name, share]) => `| ${name} | ${(100 * share).toFixed(1)} % |`),
  ].join('\n');
}
