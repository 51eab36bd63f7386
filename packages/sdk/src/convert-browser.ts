/** The second entry of the package in browsers and bundlers: networks of other frameworks. */
import { browser } from './platform/browser.js';
import { usePlatform } from './platform/platform.js';

usePlatform(browser);

export * from './convert/index.js';
