import { writeFileSync } from 'node:fs';
import { bench, temporaryFolder } from './run-bench.mjs';

const folder = temporaryFolder();
afterAll(() => folder.remove());

writeFileSync(folder.at('broken.json'), '{"format":');
writeFileSync(folder.at('foreign.json'), '{"results":[]}');

const mistakes = [
  [
    'an unknown workload',
    ['--only', 's-crown-evil'],
    /there is no "s-crown-evil".*s-crown-eval, fc, conv, rate, direct/,
  ],
  ['words that exclude each other', ['--only', 'fc/conv'], /no workload is all of this/],
  ['an unknown option', ['--fast'], /unknown option '--fast'/],
  ['an argument too many', ['inference'], /too many arguments/],
  ['runs that are no number', ['--runs', 'many'], /'many' is invalid.*whole number from 1/],
  ['no run at all', ['--runs', '0'], /whole number from 1/],
  ['a batch larger than the data', ['--batch', '10001'], /--batch 10001: the test set has 10000 images/],
  ['an earlier run that is not there', ['--compare', folder.at('none.json')], /--compare .*: .*no such file/],
  ['an earlier run that is no JSON', ['--compare', folder.at('broken.json')], /--compare .*it is no JSON/],
  ['an earlier run of something else', ['--compare', folder.at('foreign.json')], /not what .* of this version writes/],
  ['a document of nothing', ['--document', folder.at('none.json')], /--document .*no such file/],
  ['nothing to resume', ['--resume'], /--json names its file/],
  ['a baseline without counts', ['--record'], /goes with --instructions/],
];

test.concurrent.each(mistakes)('%s: one line and exit status 2', async (_, args, message) => {
  const { status, stderr } = await bench(args);
  expect(stderr).toMatch(message);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toMatch(/^bench: /);
  expect(status).toBe(2);
});

test('without valgrind it says how to get it', async () => {
  const args = ['--instructions', '--only', 'inference/fc/rate', '--batch', '1', '--folder', folder.path];
  const { status, stderr } = await bench(args, { PATH: folder.path });
  expect(stderr).toMatch(/^bench: --instructions: valgrind is missing.*install/);
  expect(status).toBe(2);
});
