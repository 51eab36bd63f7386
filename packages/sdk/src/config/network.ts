import * as v from 'valibot';
import { CertispikeError } from '../error.js';
import { check, deepFrozen, fields, whole } from './check.js';
import { type ImageShape, type Input, inputSchema } from './input.js';
import { isPool, type Layer, layerSchema } from './layers.js';
import { outputShape } from './shape.js';

/** How class scores are read from the last layer. */
export type Readout =
  /** The mean spike rate of every neuron of the last layer. */
  | { readonly kind: 'rate' }
  /** The mean membrane potential of the last layer, which does not fire. */
  | { readonly kind: 'membrane' }
  /** A linear map of the last layer's mean spike rates. */
  | { readonly kind: 'linear'; readonly classes: number };

/** A network's description: plain, frozen, the same in the core and in checkpoints. */
export interface Network {
  readonly input: Input;
  readonly layers: readonly Layer[];
  readonly readout: Readout;
}

/** What {@link network} takes; what is left out gets the paper's values. */
export interface NetworkSpec {
  readonly input: Input;
  readonly layers: readonly Layer[];
  /** `rate` unless given; the words `rate` and `membrane` stand for their objects. */
  readonly readout?: Readout | 'rate' | 'membrane';
}

/** Labels are bytes. */
const mostClasses = 256;

const readoutSchema = v.pipe(
  v.union([v.picklist(['rate', 'membrane']), v.looseObject({})], "'rate', 'membrane' or an object with a kind"),
  v.transform((given) => (typeof given === 'string' ? { kind: given } : given)),
  v.variant(
    'kind',
    [
      fields({ kind: v.literal('rate') }),
      fields({ kind: v.literal('membrane') }),
      fields({ kind: v.literal('linear'), classes: whole(2, mostClasses) }),
    ],
    "'rate', 'membrane' or an object with kind 'rate', 'membrane' or 'linear' (and classes)",
  ),
);

const networkSchema = fields({
  input: inputSchema,
  layers: v.pipe(v.array(layerSchema, 'a list of layers'), v.nonEmpty('at least one layer')),
  readout: v.optional(readoutSchema, 'rate'),
});

/**
 * A checked, complete and frozen description of a network.
 * @throws CertispikeError naming the field: `invalid-description` for an object of another form, `invalid-value` for a
 *   number out of range, `invalid-shape` for a layer or readout that does not fit the one before
 * @example
 * ```ts
 * import { isCertispikeError, linear, network, rate } from '@certispike/sdk';
 *
 *
 * const net = network({ input: rate([1, 28, 28]), layers: [linear(256), linear(10)], readout: 'membrane' });
 * try {
 *   network({ input: rate([1, 28, 28]), layers: [linear(1)] });
 * } catch (error) {
 *   if (isCertispikeError(error)) console.log(error.code); // invalid-shape
 * }
 * ```
 */
export function network(spec: NetworkSpec): Network {
  const described: Network = check('network', networkSchema, spec);
  classesOf(described);
  return deepFrozen(described);
}

/**
 * How many classes a network tells apart.
 * @throws CertispikeError `invalid-shape` when layers or readout do not fit
 */
export function classesOf({ input, layers, readout }: Network): number {
  const fit = (map: ImageShape, layer: Layer, index: number) => outputShape(`network.layers[${index}]`, layer, map);
  const [channels, height, width] = layers.reduce(fit, input.shape);
  const last = layers.at(-1);
  if (last !== undefined && isPool(last)) {
    const field = `network.layers[${layers.length - 1}]`;
    throw CertispikeError.expected('invalid-shape', field, 'a layer of neurons at the end', `a pool (${last.kind})`);
  }
  if (readout.kind === 'linear') return readout.classes;
  if (height * width !== 1) {
    const expected = 'a linear layer at the end, or a linear readout';
    throw CertispikeError.expected('invalid-shape', 'network.readout', expected, `a ${height} x ${width} map`);
  }
  if (channels < 2 || channels > mostClasses) {
    const field = `network.layers[${layers.length - 1}]`;
    throw CertispikeError.expected('invalid-shape', field, `2 to ${mostClasses} classes`, channels);
  }
  return channels;
}
