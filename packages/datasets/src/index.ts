import { nodeCodecs } from './codecs/node.js';
import { useCodecs } from './codecs/platform.js';

export * from './platform-free.js';
export { fashionMnist, mnist } from './mnist.js';
export { downloadFashionMnist, downloadMnist } from './sources/mnist-download.js';
export { nmnist } from './nmnist.js';
export { downloadNmnist } from './sources/nmnist-download.js';

useCodecs(nodeCodecs);
