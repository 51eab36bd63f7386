/** The second entry of the package in Node: networks of other frameworks. */
import { node } from './platform/node.js';
import { usePlatform } from './platform/platform.js';

usePlatform(node);

export * from './convert/index.js';
