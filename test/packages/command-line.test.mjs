import { Project } from './project.mjs';

let project;
beforeAll(async () => {
  project = new Project();
  await project.install('sdk', 'datasets', 'cli');
});
afterAll(() => project.remove());

test('the packed command line trains, certifies and looks at its model', async () => {
  const training = [
    'train',
    '--preset',
    'mnist-fc-rate-membrane',
    '--epochs',
    '1',
    '--limit',
    '640',
    '--out',
    'model.safetensors',
  ];
  await project.bin('certispike', training);
  const certifying = [
    'certify',
    '--model',
    'model.safetensors',
    '--data',
    'mnist',
    '--epsilon',
    '0.01',
    '--limit',
    '50',
    '--json',
  ];
  const { stdout } = await project.bin('certispike', certifying);
  const { examples, clean_error: clean, certified_error: certified } = JSON.parse(stdout);
  expect(examples).toBe(50);
  expect(certified.best).toBeGreaterThanOrEqual(clean);
  const { stdout: told } = await project.bin('certispike', ['info', 'model.safetensors']);
  expect(told).toContain('parameters');
});

test('data sets and SDK work together as packed', async () => {
  project.write(
    'together.mjs',
    `import { createEngine, evaluate, paper } from '@certispike/sdk';
     import { mnist } from '@certispike/datasets';
     const { test } = await mnist();
     const engine = await createEngine({ workers: 1 });
     const model = engine.createModel(paper.fc(), { seed: 1 });
     const { examples } = await evaluate(engine, model, test, { limit: 20 });
     await engine.dispose();
     console.log(examples, test.length);`,
  );
  const { stdout } = await project.run(process.execPath, ['together.mjs']);
  expect(stdout.trim()).toBe('20 10000');
});
