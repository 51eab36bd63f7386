import * as sdk from '@certispike/sdk';
import { sameBits } from '../sdk/same-bits.mjs';
import { Project } from './project.mjs';
import { runtime } from './runtimes.mjs';

const program = `
  import * as sdk from '@certispike/sdk';
  import { sameBits } from './same-bits.mjs';
  console.log(JSON.stringify(await sameBits(sdk, 2)));
`;

const required = `
  const { createEngine, linear, network, rate, evaluate, arrays } = require('@certispike/sdk');
  const input = rate([1, 2, 2], { steps: 3 });
  createEngine({ workers: 1 }).then(async (engine) => {
    const model = engine.createModel(network({ input, layers: [linear(2)] }), { seed: 1 });
    const data = { shape: [1, 2, 2], classes: 2, images: new Float32Array(8), labels: new Uint8Array(2) };
    const { examples } = await evaluate(engine, model, arrays(data));
    await engine.dispose();
    console.log(examples);
  });
`;

let project;
let expected;
beforeAll(async () => {
  project = new Project();
  project.write('program.mjs', program);
  project.write('required.cjs', required);
  await project.install('sdk');
  expected = await sameBits(sdk, 1);
});
afterAll(() => project.remove());

const versions = ['Node that runs this', 'Node 22', 'Node 24', 'Node 26'];
const path = async (name) => (name === versions[0] ? process.execPath : runtime(name));

test.each(versions)('%s runs the packed SDK, without the data sets, with the same bits', async (name) => {
  const { stdout, stderr } = await project.run(await path(name), ['program.mjs']);
  expect(JSON.parse(stdout)).toEqual(expected);
  expect(stderr).toBe('');
});

test.each(versions)('%s takes it by require', async (name) => {
  // Node 20 and 22 warn that loading ES modules by require is new.
  const { stdout } = await project.run(await path(name), ['--no-warnings', 'required.cjs']);
  expect(stdout.trim()).toBe('2');
});

test('a Node without it says what to do', async () => {
  const args = ['--no-experimental-require-module', 'required.cjs'];
  await expect(project.run(process.execPath, args)).rejects.toThrow(/ERR_REQUIRE_ESM|dynamic import\(\)/);
});

test.each([
  ['Deno', ['run', '--allow-all', '--quiet', 'program.mjs']],
  ['Bun', ['program.mjs']],
])('%s runs it with the same bits', async (name, args) => {
  const { stdout } = await project.run(await runtime(name), args);
  expect(JSON.parse(stdout)).toEqual(expected);
});
