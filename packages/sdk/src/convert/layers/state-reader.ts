import { unmapped } from '../failure.js';
import type { Numbers } from '../parts.js';
import { contents, type ForeignTensors } from '../tensor.js';

/** Hands out the tensors of a state dict and keeps account of them: what nobody asked for was not understood. */
export class StateReader {
  readonly #tensors: ForeignTensors;
  readonly #read = new Set<string>();

  constructor(tensors: ForeignTensors) {
    this.#tensors = tensors;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** @throws CertispikeError `cannot-convert` when there is none, listing what there is */
  async numbers(where: string, name: string): Promise<Numbers> {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw unmapped(where, `expected the tensor ${name}, got ${contents(this.#tensors)}`);
    this.#read.add(name);
    return { shape: tensor.shape, values: await tensor.numbers() };
  }

  /** Tensors that were not asked for, without the ones that are to be ignored. */
  unread(ignored: readonly string[]): ForeignTensors {
    return new Map([...this.#tensors].filter(([name]) => !this.#read.has(name) && !ignored.includes(name)));
  }
}
