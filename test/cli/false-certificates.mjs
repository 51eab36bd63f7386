// Loaded before the command line by `node --import`: it then gets the SDK of false-sdk.mjs, whose certificates are false.
// The program itself has no way to say so.
import { register } from 'node:module';

const hooks = `
  const forged = ${JSON.stringify(new URL('./false-sdk.mjs', import.meta.url).href)};
  export const resolve = (specifier, context, next) =>
    specifier === '@certispike/sdk' && context.parentURL !== forged
      ? { url: forged, shortCircuit: true }
      : next(specifier, context);
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
