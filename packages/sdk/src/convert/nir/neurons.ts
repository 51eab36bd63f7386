import { unmapped } from '../failure.js';
import type { Constant } from '../../config/neuron.js';
import { type NeuronPart, perChannel, threshold, uniform, wordsOf } from '../parts.js';
import type { Notes } from '../conversion.js';
import { near, type Rules } from './convention.js';
import type { NirNode } from './graph.js';

/** What a neuron keeps of its potential from step to step, and what a step adds to it per unit of input. */
interface Step {
  readonly leak: number;
  readonly gain: number;
  /** What leaks towards `v_leak` in a step. */
  readonly share: number;
}

/** What certispike wrote beside a graph: what a layer really has, where the graph's numbers are rounded from it. */
export interface Remembered {
  readonly leak: number;
}

const one = (node: NirNode, field: string) => uniform(node.where(field), node.numbers(field).values);
const each = (node: NirNode, field: string) => perChannel(node.where(field), node.numbers(field));
const changed = (of: Constant, change: (value: number) => number): Constant =>
  typeof of === 'number' ? change(of) : of.map(change);
const orZero = (node: NirNode, field: string) => (node.has(field) ? one(node, field) : 0);

/**
 * A neuron of NIR by the rules of a convention.
 * @throws CertispikeError `cannot-convert` naming node and field
 */
export function neuronOf(node: NirNode, rules: Rules, notes: Notes, remembered: Remembered | undefined): NeuronPart {
  const { leak, gain, share } = stepOf(node, rules, remembered);
  const fires = node.has('v_threshold');
  const [rest, reset] = [orZero(node, 'v_leak'), orZero(node, 'v_reset')];
  const shift = shiftOf(node, rules, rest, reset);
  if (rest !== shift) {
    notes.warn(`${node.name}: v_leak ${rest} goes into the bias; membranes start at 0, which NIR leaves open`);
  }
  const at = fires ? changed(each(node, 'v_threshold'), (value) => value - shift) : 0;
  const single = Math.fround(leak);
  if (!near(leak, single)) throw unmapped(node.where('tau'), `expected a decay that float32 holds, got ${leak}`);
  if (single !== leak) notes.warn(`${node.name}: the decay per step was rounded to float32, from ${leak} to ${single}`);
  const words = [node.type, ...fields(node).map((field) => `${field} ${wordsOf(each(node, field))}`)];
  return {
    kind: 'neuron',
    name: `${node.name} (${node.type})`,
    rule: words.join(', '),
    leak: single,
    threshold: changed(at, (value) => threshold(node.where('v_threshold'), value, rules.compare)),
    reset: 'hard',
    gain,
    drive: share * (rest - shift),
    fires,
  };
}

const fields = (node: NirNode) => ['tau', 'tau_mem', 'tau_syn', 'r', 'v_threshold'].filter((field) => node.has(field));

/** Spikes of a layer without memory: NIR's Threshold. */
export function thresholdOf(node: NirNode, rules: Rules): NeuronPart {
  const at = each(node, 'threshold');
  return {
    kind: 'neuron',
    name: `${node.name} (${node.type})`,
    rule: `Threshold ${wordsOf(at)}`,
    leak: 0,
    threshold: changed(at, (value) => threshold(node.where('threshold'), value, rules.compare)),
    reset: 'hard',
    gain: 1,
    drive: 0,
    fires: true,
  };
}

/** The potential from which others are measured: here neurons start at zero and are reset to it. */
function shiftOf(node: NirNode, rules: Rules, rest: number, reset: number): number {
  if (reset === 0) return 0;
  // SpikingJelly starts its neurons there.
  if (rules.name === 'spikingjelly' && (reset === rest || node.type === 'IF')) return reset;
  throw unmapped(
    node.where('v_reset'),
    `expected 0, to which neurons are reset and from which they start here, got ${reset}`,
  );
}

function stepOf(node: NirNode, rules: Rules, remembered: Remembered | undefined): Step {
  const r = node.has('r') ? one(node, 'r') : 1;
  switch (node.type) {
    case 'IF':
    case 'I':
      return { leak: 1, share: 0, gain: integrated(node, rules, r) };
    case 'LIF':
    case 'LI':
      return leaky(node, 'tau', rules, r, remembered);
    default: {
      // CubaLIF, CubaLI: the current decays too, unless it lasts one step.
      const syn = one(node, 'tau_syn');
      if (!near(syn, rules.dt)) {
        throw unmapped(
          node.where('tau_syn'),
          `expected dt (${rules.dt} s), so that currents last one step, got ${syn}; neurons with currents that decay have no counterpart here`,
        );
      }
      const step = leaky(node, 'tau_mem', rules, r, remembered);
      return { ...step, gain: step.gain * (node.has('w_in') ? one(node, 'w_in') : 1) };
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

function leaky(node: NirNode, field: string, rules: Rules, r: number, remembered: Remembered | undefined): Step {
  const tau = one(node, field);
  const { dt, decay } = rules;
  if (!(tau > 0) || !Number.isFinite(tau))
    throw unmapped(node.where(field), `expected a finite number above 0, got ${tau}`);
  if (decay === 'exponential') {
    if (r !== 1) throw unmapped(node.where('r'), `expected 1, got ${r}`);
    const leak = Math.exp(-dt / tau);
    return { leak, share: 1 - leak, gain: 1 };
  }
  // A time constant of one step may come as a float32 that is a little less.
  if (dt > tau && !near(dt, tau))
    throw unmapped(node.where(field), `expected at least dt (${dt} s), got ${tau}; is the step another?`);
  const [share, gain] = [Math.min(dt / tau, 1), (r * dt) / tau];
  const told = remembered !== undefined && Math.abs(remembered.leak - (1 - share)) <= 1e-6;
  return { leak: told ? remembered.leak : 1 - share, share, gain: near(gain, 1) ? 1 : gain };
}
