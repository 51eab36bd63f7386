import type { Network } from '../config/network.js';
import { unmapped } from './failure.js';
import type { ForeignTensor } from './tensor.js';

/** Where a network came from. */
export type Origin = 'certispike' | 'pytorch' | 'snntorch' | 'spikingjelly' | 'nir';

/** What became of a part of the file. */
export interface Mapping {
  /** Its name there, with sizes. */
  readonly from: string;
  /** The layer, and how it was changed on the way. */
  readonly to: string;
}

/** How a network was converted. */
export interface ConversionReport {
  readonly origin: Origin;
  /** The rules of spikes and time by which it was read, in words. */
  readonly convention: string;
  readonly mapped: readonly Mapping[];
  /** What the reader should know: numbers that were rounded, assumptions that the file does not confirm. */
  readonly warnings: readonly string[];
}

/** A network and its numbers, before they are given to an engine. */
export interface Conversion {
  readonly network: Network;
  /** Of every tensor of a model of the network, in PyTorch's order. */
  readonly tensors: ReadonlyMap<string, Float32Array>;
  readonly report: ConversionReport;
}

/** Collects what a report says. */
export class Notes {
  readonly mapped: Mapping[] = [];
  readonly warnings: string[] = [];

  map(from: string, to: string): void {
    this.mapped.push({ from, to });
  }

  warn(warning: string): void {
    if (!this.warnings.includes(warning)) this.warnings.push(warning);
  }

  report(origin: Origin, convention: string): ConversionReport {
    return { origin, convention, mapped: this.mapped, warnings: this.warnings };
  }
}

/**
 * Numbers as the core has them. Infinite ones and those that are none are refused; rounding is noted.
 * @throws CertispikeError `cannot-convert`
 */
export function singles(name: string, numbers: Float64Array, notes: Notes): Float32Array {
  const rounded = Float32Array.from(numbers);
  const broken = rounded.findIndex((number) => !Number.isFinite(number));
  if (broken >= 0)
    throw unmapped(name, `expected finite numbers of float32, got ${numbers[broken]} at index ${broken}`);
  const changed = numbers.reduce((count, number, index) => count + Number(rounded[index] !== number), 0);
  if (changed > 0) notes.warn(`${name}: ${changed} of ${numbers.length} numbers were rounded to float32`);
  return rounded;
}

/** {@link singles} of a tensor. */
export async function singlesOf(tensor: ForeignTensor, notes: Notes): Promise<Float32Array> {
  return singles(tensor.name, await tensor.numbers(), notes);
}
