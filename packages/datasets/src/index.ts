export * from './platform-free.js';
export { fashionMnist, mnist } from './mnist.js';
export { downloadFashionMnist, downloadMnist } from './sources/mnist-download.js';
