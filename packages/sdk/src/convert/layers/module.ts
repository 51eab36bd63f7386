import * as v from 'valibot';
import { anyNumber, fields, number, whole } from '../../config/check.js';
import { avgPool2d, sumPool2d } from '../../config/layers.js';
import { unmapped } from '../failure.js';
import type { Pair, Part } from '../parts.js';
import type { StateReader } from './state-reader.js';

/** What a layer of a description becomes, with the tensors it needs. */
export type Build<D> = (where: string, layer: D, state: StateReader) => Promise<readonly Part[]>;

const size = whole(1, 65536);
const sides = (least: number) => {
  const side = whole(least, 65536);
  return v.union([side, v.strictTuple([side, side])], 'a whole number, or two of them');
};
const pair = (given: number | readonly [number, number]): Pair => (typeof given === 'number' ? [given, given] : given);

const named = { name: v.pipe(v.string('the name of a module'), v.nonEmpty('the name of a module')) };
const optionallyNamed = { name: v.optional(v.string('the name of a module')) };

/** PyTorch's modules by class name, with the arguments of their constructors as fields. */
export const torchSchemas = [
  fields({ type: v.literal('Linear'), ...named, bias: v.optional(v.boolean('true or false')) }),
  fields({
    type: v.literal('Conv2d'),
    ...named,
    kernel_size: v.optional(sides(1)),
    stride: v.optional(sides(1), 1),
    padding: v.optional(sides(0), 0),
    dilation: v.optional(sides(1), 1),
    groups: v.optional(size, 1),
    bias: v.optional(v.boolean('true or false')),
    padding_mode: v.optional(v.literal('zeros', "'zeros'"), 'zeros'),
  }),
  fields({
    type: v.literal('AvgPool2d'),
    ...optionallyNamed,
    kernel_size: sides(1),
    stride: v.optional(sides(1)),
    padding: v.optional(sides(0), 0),
    ceil_mode: v.optional(v.literal(false, 'false'), false),
    count_include_pad: v.optional(v.literal(true, 'true'), true),
  }),
  fields({
    type: v.literal('SumPool2d'),
    ...optionallyNamed,
    kernel_size: sides(1),
    stride: v.optional(sides(1)),
    padding: v.optional(sides(0), 0),
  }),
  fields({ type: v.literal('Flatten'), ...optionallyNamed }),
  // Without effect when a network is used.
  fields({ type: v.literal('Dropout'), ...optionallyNamed, p: v.optional(number(0, 1)) }),
] as const;

/** A layer of {@link torchSchemas}. */
export type TorchLayer = v.InferOutput<(typeof torchSchemas)[number]>;

/** Whether the layer is one that all frameworks share. */
export function isTorch(layer: { readonly type: string }): layer is TorchLayer {
  return torchSchemas.some((schema) => schema.entries.type.literal === layer.type);
}

export const buildTorch: Build<TorchLayer> = async (where, layer, state) => {
  switch (layer.type) {
    case 'Linear':
      return [{ kind: 'affine', name: layer.name, ...(await affine(where, layer, state)), sweep: undefined }];
    case 'Conv2d': {
      const numbers = await affine(where, layer, state);
      const kernel = numbers.weight.shape.slice(2);
      if (layer.kernel_size !== undefined && pair(layer.kernel_size).join() !== kernel.join()) {
        throw unmapped(
          `${where}.kernel_size`,
          `expected ${kernel.join(' x ')}, as the weight has it, got ${pair(layer.kernel_size).join(' x ')}`,
        );
      }
      const [stride, padding, dilation] = [pair(layer.stride), pair(layer.padding), pair(layer.dilation)];
      return [
        { kind: 'affine', name: layer.name, ...numbers, sweep: { stride, padding, dilation, groups: layer.groups } },
      ];
    }
    case 'AvgPool2d':
    case 'SumPool2d': {
      const [kernel, padding] = [pair(layer.kernel_size), pair(layer.padding)];
      const window = { kernel, stride: layer.stride === undefined ? kernel : pair(layer.stride), padding };
      const pool = layer.type === 'AvgPool2d' ? avgPool2d(window) : sumPool2d(window);
      return [{ kind: 'pool', name: layer.name ?? `${where} (${layer.type})`, pool }];
    }
    case 'Flatten':
      return [{ kind: 'flatten', name: layer.name ?? `${where} (Flatten)` }];
    case 'Dropout':
      return [];
  }
};

async function affine(where: string, { name, bias }: { name: string; bias?: boolean | undefined }, state: StateReader) {
  const weight = await state.numbers(where, `${name}.weight`);
  const hasBias = state.has(`${name}.bias`);
  if (bias !== undefined && bias !== hasBias) {
    throw unmapped(`${where}.bias`, `expected ${hasBias}, as the file has it, got ${bias}`);
  }
  return { weight, bias: hasBias ? await state.numbers(where, `${name}.bias`) : undefined };
}

/** A number of a constructor. */
export const constant = anyNumber;
