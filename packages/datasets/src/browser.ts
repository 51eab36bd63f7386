import { browserCodecs } from './codecs/browser.js';
import { useCodecs } from './codecs/platform.js';

export * from './platform-free.js';
export { downloadFashionMnist, downloadMnist, fashionMnist, mnist } from './mnist-browser.js';
export { downloadNmnist, nmnist } from './events-browser.js';

useCodecs(browserCodecs);
