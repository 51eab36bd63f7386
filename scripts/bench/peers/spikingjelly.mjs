import { served } from './python.mjs';

/** SpikingJelly's neurons in multi-step mode: inference and natural steps. */
export const spikingjelly = {
  name: 'spikingjelly',
  supports: ({ name }) => ['inference', 'natural-step'].includes(name),
  launch: served('spikingjelly_peer'),
};
