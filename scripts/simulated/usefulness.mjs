/**
 * Whether simulated recordings are of use: trains the paper's FC on them and tests it on real ones.
 *
 *     node scripts/simulated/usefulness.mjs FOLDER [--examples 12000] [--epochs 4] [--out docs]
 *
 * Adds `usefulness` to nmnist-simulated.json. The 1,000 real training recordings serve as test examples as well: none of
 * them is trained on, and the simulated digits are taken from behind the first 1,000.
 */
import { parseArgs } from 'node:util';
import { mnist, nmnist, simulatedSplits } from '@certispike/datasets';
import { createEngine, evaluate, fit, paper, schedules, spikes } from '@certispike/sdk';
import { keepNumbers } from './page.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    examples: { type: 'string', default: '12000' },
    epochs: { type: 'string', default: '4' },
    out: { type: 'string', default: 'docs' },
  },
});
const [folder] = positionals;
if (folder === undefined) {
  console.error('usefulness: expected the folder of the real recordings, got none');
  process.exit(2);
}
const [count, epochs] = [Number(values.examples), Number(values.epochs)];

const real = await nmnist({ folder, validation: 0 });
const digits = await mnist({ validation: 0 });
const { train: simulated, test: simulatedTest } = simulatedSplits(digits);
// Behind the digits that the real recordings show.
const source = simulated.selected(Uint32Array.from({ length: count }, (_, index) => real.train.length + index));

const engine = await createEngine();
const network = paper.fc({ input: spikes([2, 34, 34], { steps: 10 }), readout: 'membrane' });
const model = engine.createModel(network, { seed: 1, initialisation: 'ibp' });
const options = { method: 'natural', epochs, batchSize: 64, logitScale: 10, seed: 1 };
for await (const event of fit(engine, model, source, {
  ...options,
  learningRate: schedules.linear(0.001, 0, 0.5, 1),
})) {
  if (event.kind === 'epoch') console.error(`epoch ${event.epoch}: loss ${event.loss.toFixed(4)}`);
}
const accuracy = async (examples) => Number((1 - (await evaluate(engine, model, examples)).cleanError).toFixed(4));
const usefulness = {
  network: 'FC, mean-membrane readout',
  simulated: count,
  epochs,
  accuracy: {
    'simulated test recordings': await accuracy(simulatedTest.subset(1000)),
    'real test recordings': await accuracy(real.test),
    'real training recordings': await accuracy(real.train),
  },
};
await engine.dispose();
await keepNumbers(values.out, { usefulness });
console.log(usefulness);
