import * as v from 'valibot';
import { fields } from '../../config/check.js';
import { unmapped } from '../failure.js';
import { type NeuronPart, threshold } from '../parts.js';
import { type Build, constant } from './module.js';

const shared = {
  name: v.optional(v.string('the name of a module')),
  v_threshold: v.optional(constant(), 1),
  /** Null subtracts the threshold. */
  v_reset: v.optional(v.nullable(constant()), 0),
  detach_reset: v.optional(v.boolean('true or false')),
  step_mode: v.optional(v.picklist(['s', 'm'], "'s' or 'm'")),
};

/**
 * SpikingJelly's neurons, as version 2.0 runs them: `h = v - (v - v_reset) / tau + x`, or `x / tau` with `decay_input`; a
 * spike where `h >= v_threshold`; then `v = v_reset`. The first `v` is `v_reset`.
 */
export const spikingjellySchemas = [
  fields({ type: v.literal('IFNode'), ...shared }),
  fields({
    type: v.literal('LIFNode'),
    ...shared,
    tau: v.optional(constant(), 2),
    decay_input: v.optional(v.boolean('true or false'), true),
  }),
  fields({
    type: v.literal('ParametricLIFNode'),
    ...shared,
    name: v.pipe(v.string('the name of a module'), v.nonEmpty('the name of a module')),
    init_tau: v.optional(constant()),
    decay_input: v.optional(v.boolean('true or false'), true),
  }),
] as const;

export type SpikingjellyLayer = v.InferOutput<(typeof spikingjellySchemas)[number]>;

export const buildSpikingjelly: Build<SpikingjellyLayer> = async (where, layer, state) => {
  const { v_threshold: fires, v_reset: rest, type } = layer;
  if (rest === null) {
    throw unmapped(
      `${where}.v_reset`,
      'expected a number, got null: SpikingJelly fires at the threshold and takes it off; here neurons fire above it, and the next ' +
        'smaller threshold, which makes the spikes equal, would be taken off instead',
    );
  }
  const rate = await share(where, layer, state);
  const decays = 'decay_input' in layer && layer.decay_input;
  const standing = fires - rest;
  if (Math.fround(standing) !== Math.fround(fires) - Math.fround(rest)) {
    throw unmapped(
      `${where}.v_reset`,
      `expected a difference to v_threshold that float32 holds exactly, got ${fires} - ${rest}`,
    );
  }
  const words = [
    type,
    ...(type === 'IFNode' ? [] : [`tau ${1 / rate}`, `decay_input ${decays}`]),
    `v_threshold ${fires}`,
    `v_reset ${rest}`,
  ];
  const part: NeuronPart = {
    kind: 'neuron',
    name: layer.name ?? `${where} (${type})`,
    rule: `${words.join(', ')}, fires at the threshold`,
    leak: Math.fround(1 - rate),
    // Potentials are measured from v_reset, at which they start and to which they leak.
    threshold: threshold(`${where}.v_threshold`, standing, '>='),
    reset: 'hard',
    gain: decays ? rate : 1,
    drive: 0,
    fires: true,
  };
  return [part];
};

/** What leaks in a step, 1 / tau. */
async function share(
  where: string,
  layer: SpikingjellyLayer,
  state: Parameters<typeof buildSpikingjelly>[2],
): Promise<number> {
  switch (layer.type) {
    case 'IFNode':
      return 0;
    case 'LIFNode':
      if (!(layer.tau > 1)) throw unmapped(`${where}.tau`, `expected a number above 1, got ${layer.tau}`);
      return 1 / layer.tau;
    case 'ParametricLIFNode': {
      const { values } = await state.numbers(where, `${layer.name}.w`);
      const [weight = NaN] = values;
      if (values.length !== 1 || !Number.isFinite(weight))
        throw unmapped(`${where}: ${layer.name}.w`, 'expected one finite number');
      return Math.fround(1 / (1 + Math.exp(-weight)));
    }
  }
}
