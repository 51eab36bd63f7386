import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

// A process of its own, whose heap is collected when it is asked to be.
const program = `
  import * as sdk from '@certispike/sdk';
  import { manyCertificates, manyEngines } from './leaks.mjs';
  const heap = () => {
    globalThis.gc();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  await manyEngines(sdk, 5);
  const start = heap();
  const core = await manyCertificates(sdk, 1000);
  const certificates = heap() - start;
  await manyEngines(sdk, 50);
  console.log(JSON.stringify({ core, certificates, engines: heap() - start - certificates }));
`;

test('a thousand certificates and fifty engines leave nothing behind', async () => {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const args = ['--expose-gc', '--input-type=module', '--eval', program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
  const { core, certificates, engines } = JSON.parse(stdout);
  expect(core.after).toBe(core.before);
  // The machine keeps compiled code and statistics of its own: some hundred kilobytes in all, not per call.
  expect(certificates).toBeLessThan(1_000_000);
  expect(engines).toBeLessThan(1_500_000);
}, 120_000);
