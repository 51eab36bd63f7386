import { served } from './python.mjs';

/**
 * A plain PyTorch implementation of every workload. A fused S-CROWN step is compared with what PyTorch would otherwise
 * do: the step with a row for every rival.
 */
export const pytorch = {
  name: 'pytorch',
  supports: () => true,
  launch: served('pytorch_peer'),
  measures: true,
};
