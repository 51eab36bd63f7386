import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNmnist } from '@certispike/datasets';
import { attack, createEngine, linear, linf, network, rate, saveAdversarial, saveModel } from '@certispike/sdk';
import { toNir } from '@certispike/sdk/convert';
import { root } from '../cli/documents.mjs';
import { writeSmallSet } from '../cli/small-set.mjs';
import { stateDict } from '../convert/torch-file.mjs';
import { aedat2File, aedat3File, aedat3Packet, datFile, dvs128, nmnistFile } from '../datasets/events/writers.mjs';
import { eventsOf, officialFiles, writeFiles } from '../datasets/nmnist-set.mjs';
import { smallSource } from './small-data.mjs';

const described = network({
  input: rate([1, 28, 28], { steps: 4 }),
  layers: [linear(64), linear(10)],
  readout: 'membrane',
});

const events = eventsOf(1, 3);

/** The files that examples name, small and real, by what they are called there. */
async function writeNamedFiles(engine, model) {
  await writeSmallSet('MNIST', { train: 60, test: 20, side: 28 });
  await writeSmallSet('Fashion-MNIST', { train: 120, test: 20, side: 28 });
  await writeFiles('N-MNIST', officialFiles({ train: 60, test: 20 }));
  const gestures = Array.from({ length: 24 }, (_, index) => [
    `recordings/${index % 2 === 0 ? 'left' : 'right'}/${index + 1}.bin`,
    nmnistFile(eventsOf(index, index % 2)),
  ]);
  await writeFiles('.', Object.fromEntries(gestures));
  await writeFile('60001.bin', nmnistFile(events));
  await writeFile('recording.dat', datFile(events));
  await writeFile(
    'recording-2.aedat',
    aedat2File(events.map(({ t, x, y, p }) => ({ t, address: dvs128({ x, y, bit: p }) }))),
  );
  await writeFile('recording-3.aedat', aedat3File([aedat3Packet(events)]));
  const fixture = (name) => join(root, 'test/datasets/events/fixtures', name);
  await cp(fixture('evt2.raw'), 'evt2.raw');
  await cp(fixture('evt3.raw'), 'evt3.raw');
  await cp(fixture('lz4.aedat4'), 'recording.aedat4');
  await cp(fixture('shd-chunked.h5'), 'shd_test.h5');
  await saveModel(model, 'model.safetensors');
  await saveAdversarial(
    await attack(engine, model, smallSource(), { region: linf(0.3), attack: 'fgsm' }),
    'fooled.safetensors',
  );
  await writeFile('network.nir', await toNir(model));
  const values = Float32Array.from({ length: 7840 }, (_, at) => ((at * 31) % 17) / 200 - 0.04);
  const weights = {
    'fc1.weight': { shape: [10, 784], values },
    'fc1.bias': { shape: [10], values: values.slice(0, 10) },
  };
  await writeFile('network.pth', await stateDict(weights));
}

/** Puts what examples presuppose into the current folder and the global scope; ends with the call of what it returns. */
export async function give() {
  const engine = await createEngine({ workers: 2 });
  const model = engine.createModel(described, { seed: 1 });
  await writeNamedFiles(engine, model);
  const given = { engine, train: smallSource(), test: smallSource(), recording: readNmnist(nmnistFile(events)) };
  Object.assign(globalThis, given, {
    // Models of servers are those of the folder.
    fetch: async (address) => new Response(await readFile(new URL(address).pathname.slice(1))),
  });
  return {
    /** An example may train the model, or free it. */
    refresh: () => (globalThis.model = engine.createModel(described, { seed: 1 })),
    end: () => engine.dispose(),
  };
}
