import { Project } from './project.mjs';

const sdkProgram = `
import { arrays, certify, type CertifyResult, createEngine, fit, linear, linf, network, rate, schedules, type Source } from '@certispike/sdk';
import { convert } from '@certispike/sdk/convert';

export async function certificate(train: Source, test: Source): Promise<CertifyResult> {
  const net = network({ input: rate([1, 28, 28], { steps: 10 }), layers: [linear(256), linear(10)], readout: 'membrane' });
  const engine = await createEngine({ workers: 2 });
  const model = engine.createModel(net, { seed: 1, initialisation: 'ibp' });
  const epsilon = schedules.linear(0, 0.06, 0.05, 0.65);
  for await (const event of fit(engine, model, train, { method: 's-ibp', epochs: 1, epsilon })) {
    if (event.kind === 'epoch') console.log(event.loss.toFixed(3));
  }
  return certify(engine, model, test, { region: linf(0.06) });
}

export const own = arrays({ shape: [1, 2, 2], classes: 2, images: new Float32Array(8), labels: new Uint8Array(2) });
export const read = (bytes: Uint8Array) => convert(bytes);

// @ts-expect-error a method that does not exist
export const refused = () => fit(undefined as never, undefined as never, own, { method: 'magic', epochs: 1 });
`;

const dataProgram = `
import { mnist } from '@certispike/datasets';
import type { Source } from '@certispike/sdk';

export async function digits(): Promise<Source> {
  const { test } = await mnist();
  return test;
}
`;

const options = (module, moduleResolution, skipLibCheck) => ({
  compilerOptions: {
    ...{ module, moduleResolution, target: 'es2022', lib: ['es2022', 'dom', 'esnext.disposable'] },
    ...{ strict: true, noEmit: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    ...{ types: [], skipLibCheck },
  },
});

const resolutions = [
  ['esnext', 'bundler'],
  ['node16', 'node16'],
];

let project;
beforeAll(async () => {
  project = new Project();
  await project.install('sdk', 'datasets', 'typescript@5.9.3');
});
afterAll(() => project.remove());

async function compiled(program, settings) {
  project.write('program.ts', program);
  project.write('tsconfig.json', JSON.stringify({ ...settings, files: ['program.ts'] }));
  const { stdout } = await project.bin('tsc', ['--project', 'tsconfig.json']);
  return stdout;
}

test.each(resolutions)(
  'strict TypeScript, module %s, resolution %s: the SDK and all its declarations',
  async (...names) => {
    expect(await compiled(sdkProgram, options(...names, false))).toBe('');
  },
);

test.each(resolutions)('strict TypeScript, module %s, resolution %s: a data set is a source', async (...names) => {
  // The declarations of tfjs-core name a type of a package that they do not ask for.
  expect(await compiled(dataProgram, options(...names, true))).toBe('');
});
