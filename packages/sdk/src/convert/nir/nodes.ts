import { avgPool2d, sumPool2d } from '../../config/layers.js';
import type { Notes } from '../conversion.js';
import { malformed, unmapped } from '../failure.js';
import type { AffinePart, Pair, Part } from '../parts.js';
import type { Rules } from './convention.js';
import type { NirNode } from './graph.js';
import { neuronOf, type Remembered, thresholdOf } from './neurons.js';

/**
 * What a node of a graph becomes.
 * @throws CertispikeError `cannot-convert`, `invalid-model-file`, naming node and field
 */
export function partsOf(
  node: NirNode,
  rules: Rules,
  notes: Notes,
  remembered: Remembered | undefined,
): readonly Part[] {
  const name = `${node.name} (${node.type})`;
  switch (node.type) {
    // Those of subgraphs are between other nodes.
    case 'Input':
    case 'Output':
      return [];
    case 'Affine':
      return [{ kind: 'affine', name, weight: node.numbers('weight'), bias: node.numbers('bias'), sweep: undefined }];
    case 'Linear':
      return [{ kind: 'affine', name, weight: node.numbers('weight'), bias: undefined, sweep: undefined }];
    case 'Conv2d':
      return [convolution(node, name)];
    case 'SumPool2d':
    case 'AvgPool2d': {
      const [kernel, stride, padding] = [
        sides(node, 'kernel_size', 1),
        sides(node, 'stride', 1),
        sides(node, 'padding', 0),
      ];
      const pool = node.type === 'SumPool2d' ? sumPool2d : avgPool2d;
      return [{ kind: 'pool', name, pool: pool({ kernel, stride, padding }) }];
    }
    case 'Flatten':
      return [flattened(node, name)];
    case 'Scale':
      return [{ kind: 'scale', name, factors: node.numbers('scale') }];
    case 'Threshold':
      return [thresholdOf(node, rules)];
    case 'IF':
    case 'LIF':
    case 'CubaLIF':
    case 'I':
    case 'LI':
    case 'CubaLI':
      return [neuronOf(node, rules, notes, remembered)];
    default:
      throw unmapped(
        node.where('type'),
        `expected one of Affine, Linear, Conv2d, SumPool2d, AvgPool2d, Flatten, Scale, Threshold, IF, LIF, CubaLIF, I, LI, CubaLI, got ${node.type}`,
      );
  }
}

function convolution(node: NirNode, name: string): AffinePart {
  const weight = node.numbers('weight');
  const bias = node.has('bias') ? node.numbers('bias') : undefined;
  const [stride, dilation] = [sides(node, 'stride', 1), sides(node, 'dilation', 1)];
  const [groups = 0] = whole(node, 'groups', 1);
  const word = node.text('padding');
  const padding = word === undefined ? sides(node, 'padding', 0) : named(node, word, weight.shape, stride, dilation);
  return { kind: 'affine', name, weight, bias, sweep: { stride, padding, dilation, groups } };
}

/** PyTorch's words for a padding. */
function named(
  node: NirNode,
  word: string,
  [, , height = 1, width = 1]: readonly number[],
  stride: Pair,
  dilation: Pair,
): Pair {
  if (word === 'valid') return [0, 0];
  if (word !== 'same')
    throw malformed(node.where('padding'), `expected numbers, 'same' or 'valid', got ${JSON.stringify(word)}`);
  const around = [dilation[0] * (height - 1), dilation[1] * (width - 1)] as const;
  if (stride.join() !== '1,1' || around.some((zeros) => zeros % 2 !== 0)) {
    throw unmapped(
      node.where('padding'),
      `expected the same zeros on both sides, got 'same' with stride ${stride.join(' x ')} and a kernel that needs one more on one side`,
    );
  }
  return [around[0] / 2, around[1] / 2];
}

/** Only whole maps become lists here. */
function flattened(node: NirNode, name: string): Part {
  const [start = NaN] = node.numbers('start_dim').values;
  const [end = NaN] = node.numbers('end_dim').values;
  const axes = node.has('input_type') ? node.numbers('input_type').values.length : undefined;
  if (start !== 0) throw unmapped(node.where('start_dim'), `expected 0, got ${start}`);
  if (end !== -1 && end + 1 !== axes) throw unmapped(node.where('end_dim'), `expected -1, the last axis, got ${end}`);
  return { kind: 'flatten', name };
}

function whole(node: NirNode, field: string, least: number): readonly number[] {
  const values = [...node.numbers(field).values];
  const fits = values.every((value) => Number.isInteger(value) && value >= least && value <= 65536);
  if (!fits || values.length === 0)
    throw malformed(
      node.where(field),
      `expected whole numbers from ${least} up, got ${values.slice(0, 4).join(', ') || 'none'}`,
    );
  return values;
}

function sides(node: NirNode, field: string, least: number): Pair {
  const [first = 0, second = first, ...others] = whole(node, field, least);
  if (others.length > 0) throw malformed(node.where(field), `expected one or two numbers, got ${others.length + 2}`);
  return [first, second];
}
