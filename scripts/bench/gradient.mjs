import { fit, loadModel } from '@certispike/sdk';
import { repeated } from './batch.mjs';
import { stepOptions } from './task.mjs';

/** So large that what the weights were before is lost in rounding. */
const learningRate = 65_536;

/**
 * The gradient of a step on a batch, as the public SDK shows it: plain SGD without momentum or clipping moves every
 * weight by learning rate times gradient.
 * @returns loss, and per tensor its values in PyTorch's order
 */
export async function gradientOf(engine, path, workload, batch) {
  const model = await loadModel(engine, path);
  const tensors = () => new Map(model.tensors().map(({ name }) => [name, model.tensor(name)]));
  const before = tensors();
  let loss;
  const options = {
    ...stepOptions(workload, batch),
    optimizer: { kind: 'sgd', momentum: 0 },
    gradientClip: 0,
    learningRate,
  };
  for await (const event of fit(engine, model, repeated(batch, 1), options)) {
    if (event.kind === 'step') loss = event.loss;
  }
  const gradient = new Map();
  for (const [name, after] of tensors()) {
    const old = before.get(name);
    gradient.set(
      name,
      Float64Array.from(after, (value, index) => (old[index] - value) / learningRate),
    );
  }
  model.free();
  return { loss, gradient };
}

/** The derivative along a random direction of tensor number `tensor`, whose signs the oracle uses too. */
export function along(values, tensor) {
  return values.reduce((sum, value, index) => sum + sign(tensor, index) * value, 0);
}

/** Euclidean norm. */
export const norm = (values) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

/** The last bit of Wellons' lowbias32, as a sign. */
function sign(tensor, index) {
  let z = (index + Math.imul(tensor, 0x9e3779b9)) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return ((z ^ (z >>> 15)) & 1) === 0 ? 1 : -1;
}
