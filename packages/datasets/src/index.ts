export * from './platform-free.js';
export { mnist } from './mnist.js';
export { downloadMnist } from './sources/mnist-download.js';
