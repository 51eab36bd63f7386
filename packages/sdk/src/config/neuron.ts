import * as v from 'valibot';
import { anyNumber, fields, number, oneOf } from './check.js';

/** The constants of a layer's leaky integrate-and-fire neurons. */
export interface Neuron {
  /** Membrane potential above which a neuron fires (strictly); finite. */
  readonly threshold: number;
  /** Share of the kept potential that remains a step later, 0 to 1; 1 is integrate-and-fire. */
  readonly leak: number;
  /** What a spike leaves: `hard` zero, `soft` the potential less the threshold. */
  readonly reset: 'hard' | 'soft';
}

/** The paper's neuron (Liang et al. 2022): threshold and leak 0.25, hard reset. */
export const paperNeuron: Neuron = Object.freeze({ threshold: 0.25, leak: 0.25, reset: 'hard' });

export const neuronSchema = v.optional(
  fields({
    threshold: v.optional(anyNumber(), paperNeuron.threshold),
    leak: v.optional(number(0, 1), paperNeuron.leak),
    reset: v.optional(oneOf('hard', 'soft'), paperNeuron.reset),
  }),
  paperNeuron,
) satisfies v.GenericSchema<unknown, Neuron>;
