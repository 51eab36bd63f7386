export * from './platform-free.js';
export { downloadFashionMnist, downloadMnist, fashionMnist, mnist } from './mnist-browser.js';
