import { browserCodecs } from './codecs/browser.js';
import { useCodecs } from './codecs/platform.js';

export * from './platform-free.js';
export { downloadFashionMnist, downloadMnist, fashionMnist, mnist } from './mnist-browser.js';
export { downloadNmnist, eventFolder, nmnist, nmnistSimulated } from './events-browser.js';

useCodecs(browserCodecs);
