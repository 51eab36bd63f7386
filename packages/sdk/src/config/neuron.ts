import * as v from 'valibot';
import { anyNumber, fields, number, oneOf } from './check.js';

/** A number for all neurons of a layer, or one for each output channel (of a linear layer: for each neuron). */
export type Constant = number | readonly number[];

/** The constants of a layer's leaky integrate-and-fire neurons. */
export interface Neuron {
  /** Membrane potential above which a neuron fires (strictly); finite. Kept in single precision. */
  readonly threshold: Constant;
  /** Share of the kept potential that remains a step later, 0 to 1; 1 is integrate-and-fire. Kept in single precision. */
  readonly leak: Constant;
  /** What a spike leaves: `hard` zero, `soft` the potential less the threshold. */
  readonly reset: 'hard' | 'soft';
}

/** The paper's neuron (Liang et al. 2022): threshold and leak 0.25, hard reset. */
export const paperNeuron = Object.freeze({ threshold: 0.25, leak: 0.25, reset: 'hard' }) satisfies Neuron;

/** A list of equal numbers is written as one, so that equal layers have equal descriptions. */
function constant(of: ReturnType<typeof number>, expected: string) {
  const each = v.pipe(
    v.array(of, 'a list of numbers'),
    v.check((all) => all.length > 0, 'at least one number'),
  );
  const shortest = (given: number | number[]): Constant => {
    const first = typeof given === 'number' ? given : (given[0] as number);
    return typeof given === 'number' || given.every((value) => Object.is(value, first)) ? first : given;
  };
  return v.pipe(v.union([of, each], expected), v.transform(shortest));
}

export const neuronSchema = v.optional(
  fields({
    threshold: v.optional(
      constant(anyNumber(), 'a finite number, or a list of them with one per channel'),
      paperNeuron.threshold,
    ),
    leak: v.optional(
      constant(number(0, 1), 'a number from 0 to 1, or a list of them with one per channel'),
      paperNeuron.leak,
    ),
    reset: v.optional(oneOf('hard', 'soft'), paperNeuron.reset),
  }),
  paperNeuron,
) satisfies v.GenericSchema<unknown, Neuron>;

/** A description of neurons with the paper's constants where others are not given; lists are copied. */
export function completeNeuron(given: Partial<Neuron>): Neuron {
  const copied = (of: Constant): Constant => (typeof of === 'number' ? of : [...of]);
  const { threshold, leak, reset } = { ...paperNeuron, ...given };
  return { threshold: copied(threshold), leak: copied(leak), reset };
}
