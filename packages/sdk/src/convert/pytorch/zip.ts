/**
 * What is used of the zip library, loaded with it when an archive is read. The browser's and Node's own decompression
 * serves it, so it needs no workers and no WebAssembly of its own.
 */
import { configure, Uint8ArrayReader, Uint8ArrayWriter, ZipReader } from '@zip.js/zip.js/lib/zip-core-custom.js';

configure({ useWebWorkers: false });

export { Uint8ArrayReader, Uint8ArrayWriter, ZipReader };
