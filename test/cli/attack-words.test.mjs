import { join } from 'node:path';
import { attackMethods, attackStages, flips, linear, linf, network, rate, shift } from '@certispike/sdk';
import { root } from './documents.mjs';
import { certispike, temporaryFolder } from './run-cli.mjs';
import { writeSmallSet } from './small-set.mjs';

const model = join(root, 'packages/demo/public/models/digits.safetensors');
let folder;
let data;
beforeAll(async () => {
  folder = await temporaryFolder();
  data = await writeSmallSet(folder.at('set'), { train: 24, test: 4, side: 28 });
});
afterAll(() => folder.remove());

const attack = (...args) => certispike(['attack', '--model', model, '--data', data, '--quiet', ...args]);
const lastLine = (text) => text.trimEnd().split('\n').at(-1);

test('a table says what was asked of every stage, and which surrogates had no turn', async () => {
  const flags = ['--epsilon', '0.5', '--clip', '--attack', 'fgsm:restarts=2+square', '--iterations', '2'];
  const { status, stdout, stderr } = await attack(...flags, '--surrogate', 'atan:0.5,atan,triangle');
  expect(status).toBe(0);
  expect(lastLine(stdout)).toMatch(
    /^epsilon 0\.5 within \[0, 1\], T = 8, seed 0, attack fgsm:restarts=2\+square --iterations 2 --surrogate atan:0\.5,atan:1,triangle:1, attack seed 0, /,
  );
  expect(stderr).toContain(
    'certispike: warning: 3 surrogates take turns over the restarts, and fewer came to their turn in fgsm (2); ' +
      '--restarts 3 uses all\n',
  );
  const blind = await attack('--epsilon', '0.1', '--attack', 'pgd', '--draws', 'fresh:2', '--attack-seed', '3');
  expect(lastLine(blind.stdout)).toMatch(/, attack pgd --draws fresh:2, attack seed 3, /);
  expect(blind.stderr).not.toContain('surrogates');
});

test('the help lists every method with its parameters; as they stand there they can be given', async () => {
  const { stdout } = await certispike(['attack', '--help']);
  const listed = [...stdout.matchAll(/^ {4}([a-z-]+):(\S+)$/gm)].map(([, method, words]) => ({ method, words }));
  expect(listed.map(({ method }) => method)).toEqual([...attackMethods]);
  const names = new Set(listed.flatMap(({ words }) => words.split(',').map((word) => word.split('=')[0])));
  for (const name of names) {
    if (!/^(iterations|restarts)$/.test(name)) expect(stdout).toMatch(new RegExp(`^ {4}${name} +\\S`, 'm'));
  }
  const grounds = [
    [/^(?!.*-(flips|shifts)$)/, 'linf:0', linf(0)],
    [/-flips$/, 'flips:k=0', flips(0)],
    [/-shifts$/, 'shift:k=0', shift(0)],
  ];
  const any = network({ input: rate([1, 1, 1]), layers: [linear(2)] });
  for (const [pattern, words, region] of grounds) {
    const own = listed.filter(({ method }) => pattern.test(method));
    const given = own.map((one) => `${one.method}:${one.words}`).join('+');
    const { stdout: json } = await attack('--region', words, '--attack', given, '--limit', '1', '--json');
    const stages = JSON.parse(json).stages.map(({ method, iterations, restarts }) => ({
      method,
      iterations,
      restarts,
    }));
    expect(stages).toEqual(
      own.map(({ method: kind }) => {
        const [{ method, iterations, restarts }] = attackStages(any, { region, attack: kind });
        return { method, iterations, restarts };
      }),
    );
  }
});
