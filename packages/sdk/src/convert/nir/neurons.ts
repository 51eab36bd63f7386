import type { Constant } from '../../config/neuron.js';
import type { Notes } from '../conversion.js';
import { unmapped } from '../failure.js';
import { constantOf, type NeuronPart, perChannel, threshold, valueOf, wordsOf } from '../parts.js';
import { near, type Rules } from './convention.js';
import type { NirNode } from './graph.js';

/** What certispike wrote beside a graph: what a layer really has, where the graph's numbers are rounded from it. */
export interface Remembered {
  readonly leak: Constant;
}

/** The constants of a node: one for all neurons, or one per channel. */
class Constants {
  readonly node: NirNode;
  /** How many channels have constants of their own; 1 where all have the same. */
  readonly channels: number;
  readonly #fields = new Map<string, Constant>();

  constructor(node: NirNode, fields: readonly string[]) {
    this.node = node;
    let channels = 1;
    for (const field of fields.filter((name) => node.has(name))) {
      const constant = perChannel(node.where(field), node.numbers(field));
      this.#fields.set(field, constant);
      if (typeof constant === 'number') continue;
      if (channels > 1 && constant.length !== channels) {
        throw unmapped(
          node.where(field),
          `expected ${channels} channels, as other fields have, got ${constant.length}`,
        );
      }
      channels = constant.length;
    }
    this.channels = channels;
  }

  has(field: string): boolean {
    return this.#fields.has(field);
  }

  /** Of a channel. A field that is not there is zero where NIR lets it be left out, and else missed. */
  of(field: string, channel: number, otherwise?: number): number {
    const constant = this.#fields.get(field) ?? otherwise;
    // Reading it says what is missing.
    return constant === undefined ? (this.node.numbers(field).values[0] as number) : valueOf(constant, channel);
  }

  words(): string {
    return [this.node.type, ...[...this.#fields].map(([field, constant]) => `${field} ${wordsOf(constant)}`)].join(
      ', ',
    );
  }
}

/** What a neuron keeps of its potential from step to step, and what a step adds to it per unit of input. */
interface Step {
  readonly leak: number;
  readonly gain: number;
  /** What leaks towards `v_leak` in a step. */
  readonly share: number;
}

/**
 * A neuron of NIR by the rules of a convention.
 * @throws CertispikeError `cannot-convert` naming node and field
 */
export function neuronOf(node: NirNode, rules: Rules, notes: Notes, remembered: Remembered | undefined): NeuronPart {
  const fields = ['tau', 'tau_mem', 'tau_syn', 'r', 'w_in', 'v_leak', 'v_threshold', 'v_reset'];
  const constants = new Constants(node, fields);
  const fires = constants.has('v_threshold');
  const neurons = Array.from({ length: constants.channels }, (_, channel) => {
    const { leak, gain, share } = stepOf(constants, channel, rules, remembered);
    const rest = constants.of('v_leak', channel, 0);
    const shift = shiftOf(constants, channel, rules, rest);
    if (rest !== shift) {
      notes.warn(`${node.name}: v_leak ${rest} goes into the bias; membranes start at 0, which NIR leaves open`);
    }
    const single = Math.fround(leak);
    if (!near(leak, single)) throw unmapped(node.where('tau'), `expected a decay that float32 holds, got ${leak}`);
    if (single !== leak) {
      notes.warn(`${node.name}: the decay per step was rounded to float32, from ${leak} to ${single}`);
    }
    const at = fires ? constants.of('v_threshold', channel) - shift : 0;
    const exceeded = threshold(node.where('v_threshold'), at, rules.compare);
    return { leak: single, gain, drive: share * (rest - shift), threshold: exceeded };
  });
  return {
    kind: 'neuron',
    name: `${node.name} (${node.type})`,
    rule: constants.words(),
    leak: constantOf(neurons.map(({ leak }) => leak)),
    threshold: constantOf(neurons.map((neuron) => neuron.threshold)),
    reset: 'hard',
    gain: constantOf(neurons.map(({ gain }) => gain)),
    drive: constantOf(neurons.map(({ drive }) => drive)),
    fires,
  };
}

/** Spikes of a layer without memory: NIR's Threshold. */
export function thresholdOf(node: NirNode, rules: Rules): NeuronPart {
  const constants = new Constants(node, ['threshold']);
  const exceeded = Array.from({ length: constants.channels }, (_, channel) =>
    threshold(node.where('threshold'), constants.of('threshold', channel), rules.compare),
  );
  return {
    kind: 'neuron',
    name: `${node.name} (${node.type})`,
    rule: constants.words(),
    leak: 0,
    threshold: constantOf(exceeded),
    reset: 'hard',
    gain: 1,
    drive: 0,
    fires: true,
  };
}

/** The potential from which others are measured: here neurons start at zero and are reset to it. */
function shiftOf(constants: Constants, channel: number, rules: Rules, rest: number): number {
  const { node } = constants;
  const reset = constants.of('v_reset', channel, 0);
  if (reset === 0) return 0;
  // SpikingJelly starts its neurons there.
  if (rules.name === 'spikingjelly' && (reset === rest || node.type === 'IF')) return reset;
  const expected = 'expected 0, to which neurons are reset and from which they start here';
  throw unmapped(node.where('v_reset'), `${expected}, got ${reset}`);
}

function stepOf(constants: Constants, channel: number, rules: Rules, remembered: Remembered | undefined): Step {
  const { node } = constants;
  const r = constants.of('r', channel);
  const told = remembered && valueOf(remembered.leak, channel);
  switch (node.type) {
    case 'IF':
    case 'I':
      return { leak: 1, share: 0, gain: integrated(node, rules, r) };
    case 'LIF':
    case 'LI':
      return leaky(node, 'tau', constants.of('tau', channel), rules, r, told);
    default: {
      // CubaLIF, CubaLI: the current decays too, unless it lasts one step.
      const syn = constants.of('tau_syn', channel);
      if (!near(syn, rules.dt)) {
        throw unmapped(
          node.where('tau_syn'),
          `expected dt (${rules.dt} s), so that currents last one step, got ${syn}; neurons with currents that decay have no counterpart here`,
        );
      }
      const step = leaky(node, 'tau_mem', constants.of('tau_mem', channel), rules, r, told);
      return { ...step, gain: step.gain * constants.of('w_in', channel, 1) };
    }
  }
}

/** What a step adds to the potential of a neuron without a leak. */
function integrated(node: NirNode, rules: Rules, r: number): number {
  // Either inputs are spikes without width, or they last for a step.
  if (r === 1 && rules.name !== 'spikingjelly') return 1;
  if (near(r * rules.dt, 1)) return 1;
  if (rules.name === 'spikingjelly' || rules.name === 'norse') return r * rules.dt;
  throw unmapped(
    node.where('r'),
    `expected 1, or 1 / dt (${1 / rules.dt}), got ${r}; a convention says which is meant`,
  );
}

function leaky(node: NirNode, field: string, tau: number, rules: Rules, r: number, told: number | undefined): Step {
  const { dt, decay } = rules;
  if (!(tau > 0) || !Number.isFinite(tau)) {
    throw unmapped(node.where(field), `expected a finite number above 0, got ${tau}`);
  }
  if (decay === 'exponential') {
    if (r !== 1) throw unmapped(node.where('r'), `expected 1, got ${r}`);
    const leak = Math.exp(-dt / tau);
    return { leak, share: 1 - leak, gain: 1 };
  }
  // A time constant of one step may come as a float32 that is a little less.
  if (dt > tau && !near(dt, tau)) {
    throw unmapped(node.where(field), `expected at least dt (${dt} s), got ${tau}; is the step another?`);
  }
  const [share, gain] = [Math.min(dt / tau, 1), (r * dt) / tau];
  const known = told !== undefined && Math.abs(told - (1 - share)) <= 1e-6;
  return { leak: known ? told : 1 - share, share, gain: near(gain, 1) ? 1 : gain };
}
