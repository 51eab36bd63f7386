import { register } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** From now on `@certispike/sdk` means the copy in a folder. */
export function substituteSdk(copy) {
  register(new URL('./resolver.mjs', import.meta.url), { data: { sdk: pathToFileURL(join(copy, 'index.js')).href } });
}
