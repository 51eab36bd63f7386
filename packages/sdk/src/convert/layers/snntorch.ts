import * as v from 'valibot';
import { fields, oneOf } from '../../config/check.js';
import type { Constant } from '../../config/neuron.js';
import { unmapped } from '../failure.js';
import { eachOf, perChannel, threshold, wordsOf } from '../parts.js';
import { type Build, constant } from './module.js';

/**
 * snnTorch's neurons, as version 1.0 runs them: `mem = (1 - reset) mem + ...` for `reset_mechanism='zero'`,
 * `mem = beta mem + x - reset threshold` for `'subtract'`; a spike where `mem > threshold`.
 */
export const snntorchSchema = fields({
  type: v.literal('Leaky'),
  name: v.optional(v.string('the name of a module')),
  beta: v.optional(constant()),
  threshold: v.optional(constant()),
  reset_mechanism: v.optional(oneOf('subtract', 'zero', 'none')),
  reset_delay: v.optional(v.boolean('true or false'), true),
  inhibition: v.optional(v.literal(false, 'false'), false),
  state_quant: v.optional(v.literal(false, 'false'), false),
  graded_spikes_factor: v.optional(v.literal(1, '1'), 1),
});

/** `reset_mechanism_val` in state dicts. */
const mechanisms = ['subtract', 'zero', 'none'] as const;

export const buildSnntorch: Build<v.InferOutput<typeof snntorchSchema>> = async (where, layer, state) => {
  const inFile = async (field: string): Promise<Constant | undefined> => {
    const tensor = `${layer.name ?? ''}.${field}`;
    if (layer.name === undefined || !state.has(tensor)) return undefined;
    const { shape, values } = await state.numbers(where, tensor);
    // Constants of channels are kept as `[1, channels, 1, 1]` too.
    const first = shape.findIndex((size) => size > 1);
    return perChannel(`${where}: ${tensor}`, { shape: first < 0 ? [] : shape.slice(first), values });
  };
  const single = async (field: string): Promise<number | undefined> => {
    const constant = await inFile(field);
    if (typeof constant !== 'object') return constant;
    throw unmapped(`${where}: ${layer.name}.${field}`, `expected one number, got ${wordsOf(constant)}`);
  };
  const told = async (field: 'beta' | 'threshold', standard: number | undefined): Promise<Constant> => {
    const [stored, given] = [await inFile(field), layer[field]];
    if (stored !== undefined && given !== undefined && !(typeof stored === 'number' && isSame(stored, given))) {
      throw unmapped(`${where}.${field}`, `expected ${wordsOf(stored)}, as the file has it, got ${given}`);
    }
    const value = stored ?? given ?? standard;
    if (value === undefined) throw unmapped(`${where}.${field}`, 'expected a number, got none here nor in the file');
    return value;
  };
  const code = await single('reset_mechanism_val');
  const stored = code === undefined ? undefined : mechanisms[code];
  if (stored !== undefined && layer.reset_mechanism !== undefined && stored !== layer.reset_mechanism) {
    throw unmapped(
      `${where}.reset_mechanism`,
      `expected '${stored}', as the file has it, got '${layer.reset_mechanism}'`,
    );
  }
  const graded = await single('graded_spikes_factor');
  if (graded !== undefined && graded !== 1) {
    throw unmapped(`${where}.graded_spikes_factor`, `expected 1, as spikes are 0 or 1 here, got ${graded}`);
  }
  // The library clamps it so at every step.
  const beta = eachOf(await told('beta', undefined), (value) => Math.min(Math.max(value, 0), 1));
  const at = await told('threshold', 1);
  const mechanism = stored ?? layer.reset_mechanism ?? 'subtract';
  if (mechanism === 'subtract' && !(beta === 1 && layer.reset_delay)) {
    throw unmapped(
      `${where}.reset_mechanism`,
      "expected 'zero', got 'subtract': snnTorch takes the whole threshold off after the leak, u = beta u' + x - threshold, " +
        "while soft reset here leaks it too, u = x + leak (u' - threshold); the two agree for beta = 1 and reset_delay = true only",
    );
  }
  if (!layer.reset_delay && [at].flat().some((value) => value < 0)) {
    throw unmapped(
      `${where}.reset_delay`,
      'expected true, or a threshold from 0 up, got false with a negative threshold',
    );
  }
  const words = `beta ${wordsOf(beta)}, threshold ${wordsOf(at)}, reset_mechanism '${mechanism}'`;
  return [
    {
      kind: 'neuron',
      name: layer.name ?? `${where} (Leaky)`,
      rule: `Leaky, ${words}, fires above the threshold`,
      leak: eachOf(beta, Math.fround),
      threshold: eachOf(at, (value) => threshold(`${where}.threshold`, value, '>')),
      reset: mechanism === 'subtract' ? 'soft' : 'hard',
      gain: 1,
      drive: 0,
      fires: mechanism !== 'none',
    },
  ];
};

const isSame = (stored: number, given: number) => Math.fround(stored) === Math.fround(given);
