/** A network as loops over everything, in doubles: a map is `[channel][row][column]`. Hard reset, rate readout. */
import { isPool } from '@certispike/sdk';

const pairs = ({ kernel, stride, padding, dilation = 1 }) =>
  [kernel, stride, padding, dilation].map((sides) => (typeof sides === 'number' ? [sides, sides] : sides));

const windows = (layer, size, axis) => {
  const [kernel, stride, padding, dilation] = pairs(layer);
  return Math.floor((size + 2 * padding[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
};

function each(layer, map, row, column, visit) {
  const [kernel, stride, padding, dilation] = pairs(layer);
  for (let ky = 0; ky < kernel[0]; ky += 1) {
    for (let kx = 0; kx < kernel[1]; kx += 1) {
      const y = row * stride[0] + ky * dilation[0] - padding[0];
      const x = column * stride[1] + kx * dilation[1] - padding[1];
      if (map[0][y]?.[x] !== undefined) visit(y, x, ky, kx);
    }
  }
}

function slid(layer, map, channels, at) {
  const [rows, columns] = [windows(layer, map[0].length, 0), windows(layer, map[0][0].length, 1)];
  const line = (channel, row) => Array.from({ length: columns }, (_, column) => at(channel, row, column));
  const plane = (channel) => Array.from({ length: rows }, (_, row) => line(channel, row));
  return Array.from({ length: channels }, (_, channel) => plane(channel));
}

function pooled(layer, map, average) {
  const [[tall, wide]] = pairs(layer);
  return slid(layer, map, map.length, (channel, row, column) => {
    let sum = 0;
    each(layer, map, row, column, (y, x) => (sum += map[channel][y][x]));
    return average ? sum / (tall * wide) : sum;
  });
}

/** The layer's sums of `term(weight, input)`, from `start(channel)` on. */
function summed(layer, map, weight, start, term) {
  if (layer.kind === 'linear') {
    const flat = map.flat(2);
    const add = (out) => (sum, x, index) => sum + term(weight[out * flat.length + index], x);
    return Array.from({ length: layer.outputs }, (_, out) => [[flat.reduce(add(out), start(out))]]);
  }
  const [[tall, wide]] = pairs(layer);
  return slid(layer, map, layer.channels, (out, row, column) => {
    let sum = start(out);
    each(layer, map, row, column, (y, x, ky, kx) => {
      map.forEach((plane, channel) => {
        sum += term(weight[((out * map.length + channel) * tall + ky) * wide + kx], plane[y][x]);
      });
    });
    return sum;
  });
}

const eachNumber = (map, change) => map.map((plane, channel) => plane.map((row) => row.map((x) => change(x, channel))));
const ofChannel = (constant, channel) => (typeof constant === 'number' ? constant : constant[channel]);
const addedUp = (map) => map.flat(2).reduce((sum, x) => sum + x, 0);

/**
 * Runs one example.
 * @param inputs the map of every step
 * @returns scores, and per layer with neurons and step its spikes, membranes and synaptic operations
 */
export function run({ layers }, model, inputs) {
  const traces = layers.flatMap((layer, index) =>
    isPool(layer) ? [] : [{ index, spikes: [], membranes: [], operations: [], kept: [] }],
  );
  for (const input of inputs) {
    let map = input;
    // How many inputs that are not zero stand behind an entry of the map.
    let on = eachNumber(input, (x) => Number(x !== 0));
    let number = 0;
    layers.forEach((layer, index) => {
      if (isPool(layer)) {
        map = pooled(layer, map, layer.kind === 'avgpool2d');
        on = pooled(layer, on, false);
        return;
      }
      const trace = traces[number++];
      const [weight, bias] = ['weight', 'bias'].map((part) => model.tensor(`layers.${index}.${part}`));
      const live = (w, count) => (w === 0 ? 0 : count);
      trace.operations.push(addedUp(summed(layer, on, weight, () => 0, live)));
      const { threshold, leak } = layer.neuron;
      const drive = summed(
        layer,
        map,
        weight,
        (out) => bias[out],
        (w, x) => w * x,
      );
      let place = 0;
      const leaked = (channel) => ofChannel(leak, channel) * (trace.kept[place++] ?? 0);
      const membranes = eachNumber(drive, (sum, channel) => sum + leaked(channel));
      const fires = (u, channel) => u > ofChannel(threshold, channel);
      map = on = eachNumber(membranes, (u, channel) => Number(fires(u, channel)));
      trace.kept = eachNumber(membranes, (u, channel) => (fires(u, channel) ? 0 : u)).flat(2);
      trace.membranes.push(membranes.flat(2));
      trace.spikes.push(map.flat(2));
    });
  }
  const last = traces.at(-1).spikes;
  const scores = last[0].map((_, at) => Math.fround(last.reduce((sum, step) => sum + step[at], 0) / inputs.length));
  return { scores, traces };
}

/** A flat array as a map. */
export function mapOf([channels, height, width], values) {
  const at = (c, y, x) => values[(c * height + y) * width + x];
  return Array.from({ length: channels }, (_, c) =>
    Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => at(c, y, x))),
  );
}

/** Fills a model with sixteenths, some of them zero, so that sums are the same in any order. */
export function fill(model, seed) {
  for (const { name, shape } of model.tensors()) {
    const length = shape.reduce((product, side) => product * side, 1);
    model.setTensor(
      name,
      Float32Array.from({ length }, (_, index) => (((index * 7 + seed) % 17) - 8) / 16),
    );
  }
}
