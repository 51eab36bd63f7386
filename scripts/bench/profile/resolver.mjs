// Hooks of Node's module loader, which run in a thread of their own: see substitute.mjs.
let sdk;

export function initialize(data) {
  sdk = data.sdk;
}

export function resolve(specifier, context, next) {
  return specifier === '@certispike/sdk' ? { url: sdk, shortCircuit: true } : next(specifier, context);
}
