import { lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import * as sdk from '@certispike/sdk';
import { temporaryFolder } from './folder.mjs';
import { convNetwork, denseNetwork, weights } from './toy.mjs';

const { createEngine, describeCheckpoint, inspectCheckpoint, loadModel, modelFromBytes, modelToBytes, saveModel } = sdk;

let engine;
let folder;
let model;
beforeAll(async () => {
  engine = await createEngine({ workers: 1 });
  folder = await temporaryFolder();
  model = engine.createModel(convNetwork(sdk), { seed: 4 });
});
afterAll(async () => {
  await engine.dispose();
  await folder.remove();
});

const failed = (code, message) => ({ name: 'CertispikeError', code, message: expect.stringContaining(message) });

test('a model comes back from a file as it was', async () => {
  const path = folder.at('model.safetensors');
  await saveModel(model, path, { notes: { made: 'by hand', epochs: 3 } });
  const loaded = await loadModel(engine, path);
  expect(loaded.network).toEqual(model.network);
  expect(weights(loaded)).toBe(weights(model));
  expect(await inspectCheckpoint(path)).toMatchObject({ kind: 'model', notes: { made: 'by hand', epochs: 3 } });
});

test('bytes do the same without files', async () => {
  const bytes = await modelToBytes(model);
  expect(weights(await modelFromBytes(engine, bytes))).toBe(weights(model));
  expect((await describeCheckpoint(bytes)).network).toEqual(model.network);
});

test("a file is safetensors with PyTorch's names and shapes", async () => {
  const bytes = await modelToBytes(model);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const { __metadata__: metadata, ...tensors } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  expect(JSON.parse(metadata.certispike)).toMatchObject({ format: 'certispike', kind: 'model' });
  expect(
    Object.fromEntries(Object.entries(tensors).map(([name, { dtype, shape }]) => [name, [dtype, ...shape]])),
  ).toEqual({
    'layers.0.weight': ['F32', 5, 1, 3, 3],
    'layers.0.bias': ['F32', 5],
    'layers.1.weight': ['F32', 3, 45],
    'layers.1.bias': ['F32', 3],
  });
});

test('a file is replaced whole, and nothing is left beside it', async () => {
  const path = folder.at('replaced');
  await writeFile(path, 'old');
  await saveModel(model, path);
  expect((await readFile(path)).length).toBeGreaterThan(100);
  expect((await readdir(folder.at('.'))).filter((name) => name.startsWith('replaced'))).toEqual(['replaced']);
});

test('a link stays a link', async () => {
  await writeFile(folder.at('target'), 'old');
  await symlink(folder.at('target'), folder.at('link'));
  await saveModel(model, folder.at('link'));
  expect((await lstat(folder.at('link'))).isSymbolicLink()).toBe(true);
  expect((await stat(folder.at('target'))).size).toBeGreaterThan(100);
});

test('places that cannot be written', async () => {
  await mkdir(folder.at('folder'), { recursive: true });
  await writeFile(folder.at('file'), 'x');
  await expect(saveModel(model, folder.at('folder'))).rejects.toMatchObject(failed('is-a-folder', 'got a folder'));
  await expect(saveModel(model, folder.at('file/model'))).rejects.toMatchObject(failed('not-a-folder', 'got a file'));
  await expect(saveModel(model, folder.at('none/model'))).rejects.toMatchObject(failed('file-not-found', 'none/model'));
});

test('a full disk', async () => {
  if ((await stat('/dev/full').catch(() => undefined)) === undefined) return;
  await expect(saveModel(model, '/dev/full')).rejects.toMatchObject(failed('disk-full', '/dev/full'));
  expect((await stat('/dev/full')).isCharacterDevice()).toBe(true);
});

test('places that cannot be read', async () => {
  await mkdir(folder.at('folder'), { recursive: true });
  await writeFile(folder.at('file'), 'x');
  await expect(loadModel(engine, folder.at('missing'))).rejects.toMatchObject(failed('file-not-found', 'missing'));
  await expect(loadModel(engine, folder.at('folder'))).rejects.toMatchObject(failed('is-a-folder', 'got a folder'));
  await expect(loadModel(engine, folder.at('file/x'))).rejects.toMatchObject(failed('not-a-folder', 'got a file'));
});

describe('bytes that are no model', () => {
  /** Safetensors bytes with a header of our own. */
  function file(header, data = 0) {
    const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
    const bytes = new Uint8Array(8 + json.length + data);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
    bytes.set(json, 8);
    return bytes;
  }
  const tensor = { w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } };
  const noted = (value) => ({ __metadata__: { certispike: value }, ...tensor });

  test.each([
    ['none', new Uint8Array()],
    ['too few', new Uint8Array(5)],
    ['noise', Uint8Array.from({ length: 500 }, (_, index) => (index * 37) % 251)],
    ['a header larger than the file', file('{}').fill(255, 0, 8)],
    ['a foreign safetensors file', file(tensor, 4)],
    ['metadata that is no JSON', file(noted('{'), 4)],
    ['metadata of another form', file(noted('{"format":"other"}'), 4)],
    ['a later version', file(noted('{"format":"certispike","version":99,"kind":"model","network":{}}'), 4)],
    ['a network that is none', file(noted('{"format":"certispike","version":1,"kind":"model","network":{}}'), 4)],
  ])('%s', async (_, bytes) => {
    await expect(modelFromBytes(engine, bytes)).rejects.toMatchObject({ code: 'invalid-checkpoint' });
    await expect(describeCheckpoint(bytes)).rejects.toMatchObject({ code: 'invalid-checkpoint' });
  });

  test('a truncated one, wherever it is cut', async () => {
    const bytes = await modelToBytes(model);
    for (let length = 0; length < bytes.length; length += 97) {
      const cut = modelFromBytes(engine, bytes.subarray(0, length));
      await expect(cut).rejects.toMatchObject({ code: 'invalid-checkpoint' });
    }
  });

  test('a damaged one is refused with a code, or it is a model', async () => {
    const whole = await modelToBytes(model);
    const seen = new Set();
    for (let trial = 0; trial < 600; trial += 1) {
      const bytes = whole.slice();
      // The header, where it hurts most, and now and then a number.
      bytes[(trial * 7) % (trial % 8 === 0 ? bytes.length : 700)] = (trial * 89 + 3) % 256;
      try {
        const loaded = await modelFromBytes(engine, bytes);
        expect(loaded.tensor('layers.0.weight').every(Number.isFinite)).toBe(true);
        loaded.free();
        seen.add('a model');
      } catch (error) {
        expect(error.name).toBe('CertispikeError');
        seen.add(error.code);
      }
    }
    expect(seen).toContain('a model');
    expect(seen).toContain('invalid-checkpoint');
    expect([...seen].filter((code) => !/^(a model|invalid-(checkpoint|shape|value))$/.test(code))).toEqual([]);
  });

  test.each([
    ['a hole', ({ w, v }) => ({ w, v: { ...v, data_offsets: [8, 12] } }), 12, /offset for tensor `v`/],
    ['an overlap', ({ w, v }) => ({ w, v: { ...v, data_offsets: [2, 6] } }), 6, /offset for tensor `v`/],
    ['another size than its shape', ({ w, v }) => ({ w, v: { ...v, shape: [2] } }), 8, /invalid shape/],
    ['bytes left over', (tensors) => tensors, 9, /not fully covered/],
  ])('tensors with %s', async (_, change, data, message) => {
    const v = { dtype: 'F32', shape: [1], data_offsets: [4, 8] };
    const bytes = file({ __metadata__: { certispike: '{}' }, ...change({ ...tensor, v }) }, data);
    await expect(modelFromBytes(engine, bytes)).rejects.toMatchObject({
      code: 'invalid-checkpoint',
      message: expect.stringMatching(message),
    });
  });

  test('one with a weight that is no number', async () => {
    const bytes = await modelToBytes(model);
    new DataView(bytes.buffer, bytes.byteOffset).setFloat32(bytes.length - 4, Number.NaN, true);
    await expect(modelFromBytes(engine, bytes)).rejects.toMatchObject({ code: 'invalid-value' });
  });

  test('one of another network than expected', async () => {
    const load = modelFromBytes(engine, await modelToBytes(model), { network: denseNetwork(sdk) });
    const expected = failed('network-mismatch', 'network.layers[0].kind: expected "linear"');
    await expect(load).rejects.toMatchObject(expected);
  });
});
