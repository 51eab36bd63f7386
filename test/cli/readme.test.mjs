import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter } from 'node:path';
import { attackStages, flips, linear, linf, network, rate, shift } from '@certispike/sdk';
import { stateDict } from '../convert/torch-file.mjs';
import { officialFiles, writeFiles } from '../datasets/nmnist-set.mjs';
import { execute } from '../execute.mjs';
import { blocksOf, callsOf, root } from './documents.mjs';
import { bin, temporaryFolder } from './run-cli.mjs';
import { writeSampleRun } from './sample-run.mjs';
import { writeSmallSet } from './small-set.mjs';

let folder;
let images;
let env;

beforeAll(async () => {
  folder = await temporaryFolder();
  images = await writeSmallSet(folder.at('set'), { train: 300, test: 40, side: 28 });
  mkdirSync(folder.at('bin'));
  writeFileSync(folder.at('bin/certispike'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
  chmodSync(folder.at('bin/certispike'), 0o755);
  env = { ...process.env, PATH: `${folder.at('bin')}${delimiter}${process.env.PATH}` };
  await writeFiles(folder.at('N-MNIST'), officialFiles({ train: 60, test: 20 }));
  writeFileSync(folder.at('fc.pth.tar'), await weightsOf({ fc1: [512, 784], fc2: [256, 512], fc3: [10, 256] }));
  writeFileSync(folder.at('snntorch.pth'), await weightsOf({ conv1: [4, 1, 3, 3], fc1: [10, 196] }));
  writeFileSync(folder.at('layers.json'), described('json'));
  writeSampleRun(folder.at('runs/start'));
});
afterAll(() => folder.remove());

/** A state dict of small numbers, a weight of each shape and its bias. */
function weightsOf(shapes) {
  const numbers = (length) => Float32Array.from({ length }, (_, index) => ((7 * index) % 11) / 256 - 0.02);
  const tensors = Object.entries(shapes).flatMap(([name, shape]) => [
    [`${name}.weight`, { shape, values: numbers(shape.reduce((size, side) => size * side)) }],
    [`${name}.bias`, { shape: [shape[0]], values: numbers(shape[0]) }],
  ]);
  return stateDict(Object.fromEntries(tensors));
}

/** The block of the guide on conversion in a language. */
const described = (language) => blocksOf('docs/conversion.md').find((block) => block.language === language).text;

/** Flags that make a call quick; flags that come later win. */
function quick(call) {
  const data = call.includes('--data N-MNIST') ? 'N-MNIST' : images;
  const flags = {
    train: `--data '${data}' --epochs 1 --limit 32`,
    certify: `--data '${data}' --limit 4`,
    attack: `--data '${data}' --limit 2`,
    info: '',
    reproduce: '--list',
    convert: '',
    report: '',
  };
  return flags[call.split(' ')[1]];
}

const guides = ['docs/guides/train-robustly.md', 'docs/guides/certificates.md'];

test.each([
  'README.md',
  'packages/cli/README.md',
  'docs/spikes.md',
  'docs/conversion.md',
  'docs/attacks.md',
  ...guides,
])('%s: every call of the command line works as it stands, in a quick form', async (document) => {
  const calls = callsOf(document);
  expect(calls.length).toBeGreaterThan(1);
  for (const call of calls) {
    const line = `${call} ${quick(call)}`;
    const run = execute('sh', ['-c', line], { cwd: folder.path, env }).catch((error) => error);
    const { code = 0, stderr, stdout } = await run;
    // A network of one short epoch need not have the property that is asked for; nothing else may go wrong.
    const isFine = code === 0 || (code === 1 && call.includes('--require'));
    expect(isFine ? '' : `${line}\n${stderr}`).toBe('');
    if (call.includes('--json')) expect(JSON.parse(stdout)).toHaveProperty('certified_error.best');
  }
});

test('the README shows the example that is run here', async () => {
  const example = readFileSync(`${root}examples/certify.mjs`, 'utf8');
  const shown = blocksOf('README.md').filter(({ language }) => language === 'js');
  expect(shown.map(({ text }) => text)).toContain(example);
  const lines = example.split('\n').filter((line) => line.trim() !== '');
  expect(lines.length).toBeLessThanOrEqual(10);
  const { stdout } = await execute(process.execPath, ['examples/certify.mjs'], { cwd: root });
  expect(stdout).toMatch(/cleanError: 0\.\d+/);
  expect(stdout).toMatch(/certifiedError: \{ sIbp: 0\.\d+, sCrown: 0\.\d+, best: 0\.\d+ \}/);
});

test('the guide on conversion shows a program that runs', async () => {
  const file = (name) => JSON.stringify(folder.at(name));
  const given = `
    import { readFileSync } from 'node:fs';
    const bytes = new Uint8Array(readFileSync(${file('snntorch.pth')}));
    const layers = JSON.parse(readFileSync(${file('layers.json')}, 'utf8'));
  `;
  const then = 'console.log(graph.length > 1000);';
  const program = [given, described('js'), then].join('\n');
  const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', program], { cwd: root });
  expect(stdout.trim().split('\n').at(-1)).toBe('true');
});

test('the guide on attacks shows a program that runs, and says what the ensembles are', async () => {
  const program = blocksOf('docs/attacks.md')
    .find(({ language }) => language === 'js')
    .text.replace("'model.safetensors'", JSON.stringify(folder.at('model.safetensors')))
    .replace('limit: 20', 'limit: 3');
  const { stdout } = await execute(process.execPath, ['--input-type=module', '--eval', program], { cwd: root });
  expect(stdout).toMatch(/^[\d.]+ [\d.]+ [\d.]+\n0\ntrue\n$/);
  const guide = readFileSync(`${root}docs/attacks.md`, 'utf8');
  const described = network({ input: rate([1, 4, 4]), layers: [linear(2)] });
  for (const attack of ['quick', 'standard']) {
    const cells = [linf(0.1), flips(1), shift(1)].map((region) =>
      attackStages(described, { region, attack })
        .map(({ name }) => `\`${name}\``)
        .join('; '),
    );
    expect(guide).toContain(`| \`${attack}\` | ${cells.join(' | ')} |`);
  }
});
