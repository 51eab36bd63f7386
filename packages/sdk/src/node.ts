/** The package's entry in Node. */
import { node } from './platform/node.js';
import { usePlatform } from './platform/platform.js';

usePlatform(node);

export * from './index.js';
