import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventFolder } from '@certispike/datasets';
import { nmnistFile } from '../datasets/events/writers.mjs';
import { eventsOf, writeFiles } from '../datasets/nmnist-set.mjs';
import { temporaryFolder } from './run-cli.mjs';

const execute = promisify(execFile);
const script = fileURLToPath(new URL('../../scripts/folds.mjs', import.meta.url));

let folder;
beforeAll(async () => (folder = await temporaryFolder()));
afterAll(() => folder.remove());

test('folds test every recording once and train on all the others', async () => {
  const samples = Array.from({ length: 13 }, (_, index) => ({ sample: index + 1, label: index % 10 }));
  const files = Object.fromEntries(
    samples.map(({ sample, label }) => [`${sample}.bin`, nmnistFile(eventsOf(sample, label))]),
  );
  const list = (part) => `#sample #class\n${part.map(({ sample, label }) => `${sample}\t${label}`).join('\n')}\n`;
  const set = await writeFiles(folder.at('set'), {
    ...files,
    'train10.txt': list(samples.slice(0, 10)),
    'test3.txt': list(samples.slice(10)),
  });
  await execute(process.execPath, [script, set, folder.at('folds'), '--folds', '3']);
  const tested = [];
  for (const fold of ['1', '2', '3']) {
    const rows = (await readFile(folder.at(`folds/${fold}/labels.csv`), 'utf8')).trim().split('\n').slice(1);
    expect(rows).toHaveLength(13);
    for (const row of rows) if (row.endsWith(',test')) tested.push(Number.parseInt(row, 10));
    const { train, test: held } = await eventFolder(folder.at(`folds/${fold}`), { validation: 0 });
    expect(train.length + held.length).toBe(13);
    expect([4, 5]).toContain(held.length);
  }
  expect(tested.sort((a, b) => a - b)).toEqual(samples.map(({ sample }) => sample));
}, 60_000);

test('folds say what is missing', async () => {
  const set = await writeFiles(folder.at('damaged'), {
    '1.bin': nmnistFile(eventsOf(1, 1)),
    'train.txt': '1\t1\n2\t2\n3\t3\n',
  });
  const call = execute(process.execPath, [script, set, folder.at('none')]);
  await expect(call).rejects.toMatchObject({ code: 2, stderr: expect.stringMatching(/expected a recording .* got/) });
}, 60_000);
