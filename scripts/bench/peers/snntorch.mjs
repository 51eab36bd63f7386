import { served } from './python.mjs';

/** snnTorch's neurons: inference and natural steps. */
export const snntorch = {
  name: 'snntorch',
  supports: ({ name }) => ['inference', 'natural-step'].includes(name),
  launch: served('snntorch_peer'),
};
