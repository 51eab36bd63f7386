import { fileURLToPath } from 'node:url';
import { officialFiles, writeFiles } from '../datasets/nmnist-set.mjs';
import { execute } from '../execute.mjs';
import { temporaryFolder } from './run-cli.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));

test('the example of N-MNIST runs in its quick form and prints a table', async () => {
  const folder = await temporaryFolder();
  const data = await writeFiles(folder.at('set'), officialFiles({ train: 64, test: 10 }));
  const { stdout } = await execute(process.execPath, ['examples/nmnist.mjs', data, '--quick'], { cwd: root });
  const rows = stdout.split('\n').filter((line) => /natural|robust/.test(line));
  expect(rows).toHaveLength(9);
  for (const row of rows) expect(row.match(/\d+\.\d %/g)).toHaveLength(4);
  await folder.remove();
}, 120_000);
