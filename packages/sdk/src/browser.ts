/** The package's entry in browsers and bundlers. */
import { browser } from './platform/browser.js';
import { usePlatform } from './platform/platform.js';

usePlatform(browser);

export * from './index.js';
