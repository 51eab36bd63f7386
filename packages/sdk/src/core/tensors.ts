import type { Model } from './bindings.js';

/** A tensor of a model. */
export interface TensorInfo {
  /**
   * `layers.0.weight`, `layers.0.bias`, ..., and `readout.weight`, `readout.bias` for a linear readout. The numbers count
   * in the description's list of layers: a pool has a number, but no tensors.
   */
  readonly name: string;
  /** PyTorch's: `[outputs, inputs]`, `[channels, input channels, kernel height, kernel width]`, `[outputs]`. */
  readonly shape: readonly number[];
}

/** The tensors of the core's model, in order. */
export function tensorsOf(model: Model): readonly TensorInfo[] {
  return model.tensorNames.map((name) => ({ name, shape: [...model.tensorShape(name)] }));
}
