import { unmapped } from '../failure.js';
import type { NirNode } from './graph.js';

/**
 * NIR's equations are continuous; frameworks differ in how they step through them, and their files do not say how.
 * `nir`: Euler's method, fires above the threshold, as NIR defines it; `snntorch`, `norse`: the same with their own step;
 * `spikingjelly`: fires at the threshold; `sinabs`: exponential decay, fires at the threshold, inputs unscaled, and only
 * for SingleSpike with MembraneReset.
 */
export type NirConvention = 'nir' | 'snntorch' | 'spikingjelly' | 'norse' | 'sinabs';

/** The rules of a convention. */
export interface Rules {
  readonly name: NirConvention;
  /** Seconds of a step. */
  readonly dt: number;
  readonly decay: 'euler' | 'exponential';
  readonly compare: '>' | '>=';
  /** In words. */
  readonly words: string;
}

const standard: Readonly<Record<NirConvention, Omit<Rules, 'name' | 'words'>>> = {
  nir: { dt: 1e-4, decay: 'euler', compare: '>' },
  snntorch: { dt: 1e-4, decay: 'euler', compare: '>' },
  spikingjelly: { dt: 1e-4, decay: 'euler', compare: '>=' },
  norse: { dt: 1e-3, decay: 'euler', compare: '>' },
  // Its time constants are counted in steps.
  sinabs: { dt: 1, decay: 'exponential', compare: '>=' },
};

export const conventions = Object.keys(standard) as NirConvention[];

/** The rules to read a graph by. */
export function rulesOf(name: NirConvention, dt: number | undefined): Rules {
  const rules = { ...standard[name], ...(dt !== undefined && { dt }) };
  const step =
    rules.decay === 'euler' ? `Euler's method with dt = ${rules.dt} s` : `exponential decay with dt = ${rules.dt}`;
  const fires =
    rules.compare === '>'
      ? 'fires above the threshold'
      : 'fires at the threshold (>=), which becomes > the next smaller float32';
  return { name, ...rules, words: `NIR by the convention ${name}: ${step}, hard reset, ${fires}` };
}

/** Up to the rounding of float32. */
export const near = (value: number, expected: number) => Math.abs(value - expected) <= 1e-6 * Math.abs(expected);

/**
 * The convention of a graph, where its numbers give it away.
 * @throws CertispikeError `cannot-convert` for graphs of Rockpool, whose neurons have no counterpart
 */
export function detected(chain: readonly NirNode[], dt: number | undefined): NirConvention {
  const step = dt ?? standard.nir.dt;
  for (const node of chain) {
    if (node.type === 'IF' && node.numbers('r').values.every((r) => near(r * step, 1))) return 'spikingjelly';
    if (node.type !== 'LIF') continue;
    const [r = NaN] = node.numbers('r').values;
    const [tau = NaN] = node.numbers('tau').values;
    if (r !== 1 && near(r, (tau / step) * Math.exp(-step / tau))) {
      throw unmapped(
        node.where('r'),
        `expected 1 or tau / dt, got ${r}, by which this is a graph of Rockpool: its neurons may fire several times in a step and then ` +
          'subtract the threshold, which no neuron here does; with the convention nir the graph is read by the equations of NIR instead',
      );
    }
  }
  return 'nir';
}
