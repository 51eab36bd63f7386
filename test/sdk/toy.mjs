/** Data and networks so small that a training takes milliseconds. Runs in Node and in browsers. */

export const shape = [1, 6, 6];
export const classes = 3;
const size = 36;

/** Images whose class is the third of the rows that is bright. The same numbers everywhere: whole-number arithmetic. */
export function stripes(count, seed = 1) {
  let state = seed >>> 0;
  const byte = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
  const labels = Uint8Array.from({ length: count }, () => byte() % classes);
  const images = new Float32Array(count * size);
  for (let example = 0; example < count; example += 1) {
    for (let pixel = 0; pixel < size; pixel += 1) {
      const bright = Math.floor(pixel / 12) === labels[example] ? 130 : 0;
      images[example * size + pixel] = (byte() / 2 + bright) / 260;
    }
  }
  return { shape, classes, images, labels };
}

/** A small convolutional network. */
export function convNetwork({ network, rate, conv2d, linear }) {
  const input = rate(shape, { steps: 5 });
  return network({ input, layers: [conv2d(5, { kernel: 3, stride: 2, padding: 1 }), linear(classes)] });
}

/** A small fully connected network with membrane readout. */
export function denseNetwork({ network, rate, linear }) {
  const input = rate(shape, { steps: 5 });
  return network({ input, layers: [linear(24), linear(classes)], readout: 'membrane' });
}

/** Options of a short certified training. */
export const shortTraining = { method: 's-ibp', epochs: 2, batchSize: 20, epsilon: 0.03, kappa: 0.5, seed: 5 };

/** The bits of all weights as a short text (FNV-1a). */
export function digest(...arrays) {
  let hash = 0x811c9dc5;
  for (const array of arrays) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (const value of bytes) hash = Math.imul(hash ^ value, 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, '0');
}

/** The bits of a model's weights. */
export function weights(model) {
  return digest(...model.tensors().map(({ name }) => model.tensor(name)));
}

/** Runs a training to its end. */
export async function finished(training) {
  const events = [];
  for (;;) {
    const { value, done } = await training.next();
    if (done) return { events, result: value };
    events.push(value);
  }
}
