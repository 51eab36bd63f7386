import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as sdk from '@certispike/sdk';
import { sameBits } from './same-bits.mjs';

const path = process.env.NEWER_NODE_PATH;
const inNewerNode = path ? test : test.skip;
if (!path) console.warn('NOT RUN: the comparison with a newer Node (NEWER_NODE_PATH names none; `npm test` sets it)');

const script = `
  import * as sdk from '@certispike/sdk';
  import { sameBits } from './same-bits.mjs';
  console.log(JSON.stringify({ version: process.versions.node, bits: await sameBits(sdk, 2) }));
`;

inNewerNode('training, prediction and both bounds give the same bits in a newer Node', async () => {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  // The flag for --eval also shows that a process's own flags do not reach its workers.
  const { stdout } = await promisify(execFile)(path, ['--input-type=module', '--eval', script], { cwd });
  const { version, bits } = JSON.parse(stdout);
  expect(version).not.toBe(process.versions.node);
  expect(bits).toEqual(await sameBits(sdk, 1));
});
