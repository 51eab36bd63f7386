import * as v from 'valibot';
import { fields, number, oneOf } from '../../config/check.js';
import { unmapped } from '../failure.js';
import { threshold } from '../parts.js';
import { type Build, constant } from './module.js';

/** Neurons of one's own code in PyTorch, described in this package's terms: `u = x + leak r`, a spike above the threshold. */
export const plainSchema = fields({
  type: v.literal('LIF'),
  name: v.optional(v.string('the name of a module')),
  threshold: constant(),
  leak: number(0, 1),
  reset: oneOf('hard', 'soft'),
  compare: v.optional(v.picklist(['>', '>='], "'>' or '>='"), '>'),
});

export const buildPlain: Build<v.InferOutput<typeof plainSchema>> = (where, layer) => {
  if (layer.reset === 'soft' && layer.compare === '>=') {
    throw unmapped(
      `${where}.compare`,
      "expected '>' with soft reset, got '>=': the next smaller threshold, which makes the spikes equal, would be subtracted",
    );
  }
  return Promise.resolve([
    {
      kind: 'neuron',
      name: layer.name ?? `${where} (LIF)`,
      rule: `LIF, threshold ${layer.threshold}, leak ${layer.leak}, fires ${layer.compare === '>' ? 'above' : 'at'} the threshold`,
      leak: Math.fround(layer.leak),
      threshold: threshold(`${where}.threshold`, layer.threshold, layer.compare),
      reset: layer.reset,
      gain: 1,
      drive: 0,
      fires: true,
    },
  ]);
};
