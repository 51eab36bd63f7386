export * from './platform-free.js';
export { downloadMnist, mnist } from './mnist-browser.js';
