import { type Input, rate, spikes } from '../config/input.js';
import { paper } from '../config/paper.js';
import type { Network } from '../config/network.js';
import { type Conversion, Notes, singlesOf } from './conversion.js';
import { contents, type ForeignTensors } from './tensor.js';
import { unmapped } from './failure.js';

/** A network of the authors' code (Liang et al. 2022): the names and shapes of its weights. */
interface Published {
  readonly name: string;
  readonly weights: readonly (readonly [name: string, ...shape: number[]])[];
  readonly network: (input: Input) => Network;
  readonly input: Input;
}

const mnist = rate([1, 28, 28], { steps: 10 });

/** The authors take ten frames from the middle of a recording, in bins of a width that they do not tell. */
const nmnist = spikes([2, 34, 34], { steps: 10 });

const published: readonly Published[] = [
  {
    name: 'FC for MNIST',
    weights: [
      ['fc1', 512, 784],
      ['fc2', 256, 512],
      ['fc3', 10, 256],
    ],
    network: (input) => paper.fc({ input }),
    input: mnist,
  },
  {
    name: 'CONV for MNIST',
    weights: [
      ['conv1', 64, 1, 3, 3],
      ['conv2', 128, 64, 3, 3],
      ['fc1', 256, 7 * 7 * 128],
      ['fc2', 10, 256],
    ],
    network: (input) => paper.conv({ input }),
    input: mnist,
  },
  {
    name: 'FC for N-MNIST',
    weights: [
      ['fc1', 512, 2 * 34 * 34],
      ['fc2', 256, 512],
      ['fc3', 10, 256],
    ],
    network: (input) => paper.fc({ input }),
    input: nmnist,
  },
  {
    name: 'CONV for N-MNIST',
    weights: [
      ['conv1', 64, 2, 3, 3],
      ['conv2', 128, 64, 3, 3],
      ['fc1', 256, 9 * 9 * 128],
      ['fc2', 10, 256],
    ],
    network: (input) => paper.conv({ input }),
    input: nmnist,
  },
];

/**
 * The network of a state dict that has the names and shapes of the authors' code; undefined when it has others. Their
 * neurons have no numbers of their own in the file: threshold and leak are 0.25, the reset is hard.
 * @param input how images are fed; the authors' `*_ENCODE` models, which are fed the pixels, have the same tensors
 */
export async function paperConversion(
  tensors: ForeignTensors,
  input: Input | undefined,
): Promise<Conversion | undefined> {
  const found = published.find(({ weights }) => has(tensors, weights));
  if (found === undefined) return undefined;
  const notes = new Notes();
  const network = found.network(input ?? found.input);
  const numbers = new Map<string, Float32Array>();
  for (const [index, [name]] of found.weights.entries()) {
    for (const part of ['weight', 'bias']) {
      const tensor = tensors.get(`${name}.${part}`);
      if (tensor === undefined) throw unmapped('state dict', `expected ${name}.${part}, got ${contents(tensors)}`);
      numbers.set(`layers.${index}.${part}`, await singlesOf(tensor, notes));
      notes.map(tensor.description, `layers.${index}.${part}`);
    }
  }
  if (input === undefined) {
    notes.warn(
      `input: taken to be ${found.input.encoding === 'rate' ? 'a rate code' : 'spikes'} over 10 steps, as in the authors' code; the file does not say`,
    );
  }
  const convention = `the authors' code of Liang et al. 2022, ${found.name}: threshold 0.25, leak 0.25, hard reset, fires above the threshold`;
  return { network, tensors: numbers, report: notes.report('pytorch', convention) };
}

/** Whether the file has these layers with their biases, and nothing else. */
function has(tensors: ForeignTensors, weights: Published['weights']): boolean {
  const expected = weights.flatMap(([name, outputs, ...rest]): [string, string][] => [
    [`${name}.weight`, [outputs, ...rest].join()],
    [`${name}.bias`, String(outputs)],
  ]);
  const fits = expected.every(([name, shape]) => tensors.get(name)?.shape.join() === shape);
  return fits && tensors.size === expected.length;
}
