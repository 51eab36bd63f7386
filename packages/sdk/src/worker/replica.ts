import type { Network } from '../config/network.js';
import type { TrainingCore, TrainingModel } from '../core/bindings.js';
import type {
  ActivityJob,
  ActivityOutcome,
  AttackJob,
  AttackOutcome,
  CertifyJob,
  CertifyOutcome,
  Examples,
  GradientJob,
  GradientOutcome,
  Job,
  Outcome,
  StatesJob,
  StatesOutcome,
  TraceJob,
  TraceOutcome,
} from './protocol.js';
import { sumTree } from './tree.js';

/** A worker's copy of a model. */
export class Replica {
  version = -1;
  readonly #model: TrainingModel;

  /** @param core the one that trains, or for jobs that do not train any */
  constructor(core: TrainingCore, network: Network) {
    this.#model = new core.Model(network);
  }

  update(version: number, slab: Float32Array): void {
    this.#model.setSlab(slab);
    this.version = version;
  }

  run(job: Job): Outcome<Job> {
    switch (job.kind) {
      case 'gradient':
        return this.#gradient(job);
      case 'certify':
        return this.#certify(job);
      case 'predict':
        return { scores: this.#model.predict(job.examples.images, job.examples.samples, job.options) };
      case 'activity':
        return this.#activity(job);
      case 'trace':
        return this.#trace(job);
      case 'spikes': {
        const { images, samples } = job.examples;
        return { spikes: Uint8Array.from(this.#model.drawnSpikes(images, samples, job.options)) };
      }
      case 'attack':
        return this.#attack(job);
      case 'scores':
        return { scores: this.#model.scoresOf(job.examples.images, job.examples.samples, job.options) };
      case 'states':
        return this.#states(job);
    }
  }

  free(): void {
    this.#model.free();
  }

  #gradient({ slices, objective, target }: GradientJob): GradientOutcome {
    const statistics: Float64Array[] = [];
    const push = (leaf: number) => {
      const { images, labels, samples } = slices[leaf] as Examples;
      statistics.push(this.#model.gradient(images, labels, samples, objective));
    };
    sumTree(powerOfTwo(slices.length), slices.length, push, () => this.#model.merge());
    if (target === undefined) return { gradient: this.#model.take(), statistics };
    this.#model.takeInto(target);
    return { gradient: undefined, statistics };
  }

  #certify({ examples, options }: CertifyJob): CertifyOutcome {
    const { images, labels, samples } = examples;
    const certificates = this.#model.certify(images, labels, samples, options);
    try {
      const { scores, ibp, crown } = certificates;
      return { scores, ibp, crown };
    } finally {
      certificates.free();
    }
  }

  #activity({ examples, options }: ActivityJob): ActivityOutcome {
    const counts = this.#model.activity(examples.images, examples.samples, options);
    try {
      const { spikes, operations, synapses, dense } = counts;
      return { spikes, operations, synapses, dense };
    } finally {
      counts.free();
    }
  }

  #states({ examples, layers, each, options }: StatesJob): StatesOutcome {
    const found = this.#model.states(examples.images, examples.samples, options, each);
    try {
      return { open: found.open, states: Array.from({ length: layers }, (_, layer) => found.layer(layer)) };
    } finally {
      found.free();
    }
  }

  #trace({ examples, layers, options }: TraceJob): TraceOutcome {
    const traces = this.#model.trace(examples.images, examples.samples, options);
    try {
      const each = Array.from({ length: layers }, (_, layer) => layer);
      return {
        scores: traces.scores,
        spikes: each.map((layer) => traces.spikes(layer)),
        membranes: each.map((layer) => traces.membranes(layer)),
      };
    } finally {
      traces.free();
    }
  }

  #attack({ examples, drawn, options }: AttackJob): AttackOutcome {
    const { images, labels, samples } = examples;
    const attacks = this.#model.attack(images, labels, samples, options);
    try {
      const { fooled, margins, predictions, zeroGradient, passes } = attacks;
      const clean = drawn ? this.#drawn(examples, fooled, options) : undefined;
      return { fooled, margins, predictions, zeroGradient, examples: attacks.examples, clean, passes };
    } finally {
      attacks.free();
    }
  }

  /** The spikes that a rate code draws of the examples that were fooled. */
  #drawn({ images, samples }: Examples, fooled: Uint8Array, options: object): Float32Array {
    const places = [...fooled.keys()].filter((place) => fooled[place] === 1);
    const size = images.length / samples.length;
    const chosen = new Float32Array(places.length * size);
    places.forEach((place, index) => chosen.set(images.subarray(place * size, (place + 1) * size), index * size));
    const keys = Uint32Array.from(places, (place) => samples[place] as number);
    return this.#model.drawnSpikes(chosen, keys, options);
  }
}

/** The smallest power of two that is not below `count`. */
function powerOfTwo(count: number): number {
  return 2 ** (32 - Math.clz32(count - 1));
}
