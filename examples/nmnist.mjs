/**
 * The paper's CONV on real N-MNIST recordings: trained naturally, and robustly against flipped spikes, then certified.
 *
 *     node examples/nmnist.mjs FOLDER [--quick]
 *
 * FOLDER holds N-MNIST as `nmnist` takes it: Train and Test, Train.zip and Test.zip, or recordings and files of labels.
 * Without it the data set (1.2 GB, CC BY-SA 4.0) is downloaded. --quick shows that all works; its numbers mean nothing.
 */
import { parseArgs } from 'node:util';
import { nmnist, shifts } from '@certispike/datasets';
import { certify, createEngine, fit, flips, paper, schedules, spikes } from '@certispike/sdk';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' } } });
const { train, test } = await nmnist({ folder: positionals[0], framing: { bins: 10 }, validation: 0 });
const quick = values.quick ? { epochs: 1, limit: 64, batchSize: 32 } : {};

// Digits that are moved by up to two pixels are further training examples: a thousand recordings are few.
const source = train.augmented(shifts(2));
const learningRate = schedules.linear(0.001, 0, 0.7, 1);
const recipes = {
  natural: { method: 'natural', epochs: 8 },
  // A neuron of the first layer sees 18 places, so that a few flips are already most of what it sees.
  robust: { method: 's-ibp', region: flips(1), kappa: schedules.linear(0.95, 0.4, 0, 0.8), epochs: 15 },
};

const engine = await createEngine();
const table = [];
let natural;
for (const [name, recipe] of Object.entries(recipes)) {
  const network = paper.conv({ input: spikes([2, 34, 34], { steps: 10 }), readout: 'membrane' });
  const model = engine.createModel(network, { seed: 1, initialisation: 'ibp' });
  // The robust network starts from the natural one, as the paper's do.
  for (const { name: tensor } of natural?.tensors() ?? []) model.setTensor(tensor, natural.tensor(tensor));
  natural ??= model;
  const options = { ...recipe, batchSize: 32, learningRate, logitScale: 10, seed: 1, ...quick };
  for await (const event of fit(engine, model, source, options)) {
    if (event.kind === 'epoch') console.error(`${name}, epoch ${event.epoch}: loss ${event.loss.toFixed(3)}`);
  }
  for (const k of [1, 2, 4, 8]) {
    const result = await certify(engine, model, test, { region: flips(k), ...(values.quick && { limit: 4 }) });
    const percent = (share) => `${(100 * share).toFixed(1)} %`;
    table.push({
      network: name,
      flips: k,
      accuracy: percent(1 - result.cleanError),
      's-ibp error': percent(result.certifiedError.sIbp),
      's-crown error': percent(result.certifiedError.sCrown),
      'best error': percent(result.certifiedError.best),
    });
  }
}
console.table(table);
await engine.dispose();
