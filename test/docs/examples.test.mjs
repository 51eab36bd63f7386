import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as datasets from '@certispike/datasets';
import * as sdk from '@certispike/sdk';
import * as conversion from '@certispike/sdk/convert';
import ts from 'typescript';
import { root } from '../cli/documents.mjs';
import { execute } from '../execute.mjs';
import { examplesOf, readmeExamplesOf } from './examples.mjs';

const here = join(root, 'test/docs');

const examples = ['sdk', 'datasets'].flatMap((name) => [...examplesOf(name), ...readmeExamplesOf(name)]);

/** Compiled like any other example, but run only where there is internet. */
const downloads = ['downloadMnist', 'downloadFashionMnist', 'downloadNmnist'];
const running = examples.filter(({ name }) => !downloads.includes(name));

const options = {
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
};

// Inside the clone, where the packages' names lead to what was built.
const sources = join(root, '.tools', `examples-${process.pid}`);
const pathOf = (example, ending) => join(sources, `${example.name}.${ending}`);
let place;
let mistakes;
let outcomes;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'certispike-examples-'));
  mkdirSync(sources, { recursive: true });
  writeFileSync(join(sources, 'package.json'), '{ "type": "module" }');
  cpSync(join(here, 'examples-given.d.ts'), join(sources, 'given.d.ts'));
  for (const example of examples) writeFileSync(pathOf(example, 'ts'), `${example.text}\nexport {};\n`);
  const files = [join(sources, 'given.d.ts'), ...examples.map((example) => pathOf(example, 'ts'))];
  const program = ts.createProgram(files, options);
  const { diagnostics } = program.emit();
  mistakes = [...ts.getPreEmitDiagnostics(program), ...diagnostics].map(({ file, messageText }) =>
    [file?.fileName.split('/').at(-1), ts.flattenDiagnosticMessageText(messageText, '\n')].join(': '),
  );
  const paths = running.map((example) => pathOf(example, 'js'));
  const { stdout } = await execute(process.execPath, [join(here, 'examples-run.mjs'), ...paths], { cwd: place });
  outcomes = new Map(JSON.parse(stdout.trim().split('\n').at(-1)).map((outcome, at) => [running[at].name, outcome]));
}, 300_000);
afterAll(() => [place, sources].forEach((folder) => rmSync(folder, { recursive: true, force: true })));

test('every public function and class has an example', () => {
  const callable = Object.entries({ ...sdk, ...conversion, ...datasets }).filter(
    ([, value]) => typeof value === 'function',
  );
  const names = examples.map(({ name }) => name);
  expect(callable.length).toBeGreaterThan(80);
  expect(callable.map(([name]) => name).filter((name) => !names.includes(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

test('examples are right for a strict compiler', () => expect(mistakes).toEqual([]));

test.each(running.map(({ name, expected }) => [name, expected]))(
  '%s: the example runs and prints what it says',
  (name, expected) => {
    const { error, lines } = outcomes.get(name);
    expect(error).toBeNull();
    expect(lines.filter((line) => expected.includes(line))).toEqual(expected);
  },
);
