/**
 * Data sets as seeded, batched sources: MNIST, Fashion-MNIST, recordings of event cameras and simulated ones. In the examples
 * `recording` is what {@link readRecording} gave.
 * @module @certispike/datasets
 */

import { nodeCodecs } from './codecs/node.js';
import { useCodecs } from './codecs/platform.js';

export * from './platform-free.js';
export { fashionMnist, mnist } from './mnist.js';
export { downloadFashionMnist, downloadMnist } from './sources/mnist-download.js';
export { eventFolder } from './event-folder.js';
export { nmnist } from './nmnist.js';
export { nmnistSimulated } from './nmnist-simulated.js';
export { downloadNmnist } from './sources/nmnist-download.js';

useCodecs(nodeCodecs);
