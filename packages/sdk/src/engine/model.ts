import type { Network } from '../config/network.js';
import type { TensorInfo } from '../core/tensors.js';

/**
 * A network with its parameters, which live in the core's memory: call `free` when done with it.
 * Every method throws CertispikeError `disposed` after `free`, and `model-busy` when a running call excludes it.
 */
export interface Model {
  readonly network: Network;
  /** Number of classes. */
  readonly classes: number;
  /** Number of weights and biases. */
  readonly parameterCount: number;
  /** Names and shapes of the tensors, in order. */
  tensors(): readonly TensorInfo[];
  /**
   * A copy of a tensor's values in PyTorch's order.
   * @throws CertispikeError `unknown-tensor`
   */
  tensor(name: string): Float32Array;
  /**
   * Replaces a tensor's values, given in PyTorch's order.
   * @throws CertispikeError `unknown-tensor`, `invalid-shape` (another length), `invalid-value` (not finite)
   */
  setTensor(name: string, values: Float32Array): void;
  free(): void;
  [Symbol.dispose](): void;
}
