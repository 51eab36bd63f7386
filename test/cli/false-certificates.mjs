// Loaded before the command line by `node --import`: it then gets the SDK of false-sdk.mjs, whose certificates are false.
// The program itself has no way to say so.
import * as module from 'node:module';

const forged = new URL('./false-sdk.mjs', import.meta.url).href;
const resolve = (specifier, context, next) =>
  specifier === '@certispike/sdk' && context.parentURL !== forged
    ? { url: forged, shortCircuit: true }
    : next(specifier, context);

// Node 20 knows hooks of another thread only.
if (module.registerHooks !== undefined) module.registerHooks({ resolve });
else {
  const text = `const forged = ${JSON.stringify(forged)}; export const resolve = ${String(resolve)};`;
  module.register(`data:text/javascript,${encodeURIComponent(text)}`);
}
