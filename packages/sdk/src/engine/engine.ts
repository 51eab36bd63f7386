import type { Network } from '../config/network.js';
import type { Model } from './model.js';

/** How an engine is set up. */
export interface EngineOptions {
  /** Worker threads, from 1; one per processor unless given, at most 8. No result depends on it. */
  readonly workers?: number;
}

/** How a model begins. */
export interface ModelOptions {
  /** Of the initial weights; a whole number from 0; 0 unless given. */
  readonly seed?: number;
  /**
   * `default`: weights and biases uniform in +-1/sqrt(inputs), as in PyTorch. `ibp`: weights N(0, 2 pi / inputs^2) (Shi
   * et al. 2021), biases 0.1, which suits training with bounds from scratch.
   */
  readonly initialisation?: 'default' | 'ibp';
}

/** Bytes of WebAssembly memory that the instances of the core have taken. It never shrinks, so these are peaks. */
export interface EngineMemory {
  /** Per worker, as it was when the worker last answered; 0 for one that ended and was not needed since. */
  readonly workers: readonly number[];
  /** The instance on the calling thread, which all engines of the thread share. */
  readonly callingThread: number;
}

/** Worker threads that share the work of `fit`, `evaluate` and `certify`. Several may live at once. */
export interface Engine {
  /** Number of worker threads. */
  readonly workers: number;
  /** Version of the core. */
  readonly coreVersion: string;
  /**
   * A model with initial weights.
   * @throws CertispikeError `disposed`, `invalid-value`, and as `network` when the description is not one
   */
  createModel(network: Network, options?: ModelOptions): Model;
  /** Memory in use. */
  memory(): EngineMemory;
  /** Ends the workers and frees the models. Calls in flight and later ones fail with `disposed`. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
