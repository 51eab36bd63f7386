/**
 * The order of the house: a file imports only what stands before it, or what stands on its own line.
 * A name stands for a file or a folder; the longest name that fits a file decides. Every file must have a place.
 */

/** crates/snn-core/src, modules without `crate::`. */
export const rust = [
  ['error'],
  ['shape'],
  ['rng', 'least'],
  ['affine'],
  ['neuron'],
  ['encode'],
  ['region'],
  ['layer'],
  ['network'],
  ['parameters'],
  ['slice'],
  ['intervals'],
  ['propagate'],
  ['margin'],
  ['loss', 'regulariser'],
  ['grad'],
  ['optim', 'average'],
  ['schedule'],
  ['train'],
  ['certify'],
  ['activity', 'open'],
  ['attack'],
  ['model'],
  ['wasm'],
  ['lib'],
];

/** Folders of the crate whose files mirror one another and are bound together only by their `mod.rs`. */
export const siblings = ['propagate', 'grad'];

/** The only Rust folder that knows JavaScript, and what gives it away. */
export const door = { folder: 'wasm/', crates: ['wasm_bindgen', 'js_sys', 'web_sys'] };

/** packages/<name>/src, paths without `.ts`. */
export const typescript = {
  sdk: [
    ['error', 'version'],
    ['config'],
    ['data'],
    ['platform'],
    ['core', 'formats', 'graphs'],
    ['worker', 'worker-node'],
    ['pool'],
    ['engine'],
    ['checkpoint'],
    ['certify'],
    ['attack'],
    ['fit'],
    ['convert'],
    ['index'],
    ['node', 'browser', 'convert-node', 'convert-browser'],
  ],
  datasets: [
    ['error'],
    ['pipelines/order'],
    ['parsers'],
    ['codecs'],
    ['events'],
    ['simulator'],
    ['sources'],
    ['pipelines'],
    ['splits'],
    ['recordings'],
    ['options'],
    ['mnist', 'mnist-browser'],
    ['nmnist', 'nmnist-simulated', 'event-folder', 'events-browser'],
    ['platform-free'],
    ['index', 'browser'],
  ],
  cli: [
    ['status', 'versions', 'columns'],
    ['failure', 'interrupt'],
    ['output', 'call', 'progress', 'presets', 'requirement'],
    ['config'],
    ['flags', 'data-set', 'trained-reading', 'description', 'network', 'run-options', 'example-lines'],
    ['model-file'],
    ['look'],
    ['checkpoint-file', 'model', 'augmentation'],
    ['training', 'certification', 'activity', 'attacking', 'replaying'],
    ['reproduce/record', 'reproduce/wilson', 'reproduce/reading'],
    ['report'],
    ['reproduce'],
    ['experiment'],
    ['commands'],
    ['program'],
    ['certispike'],
  ],
};

/** Packages of this repository that a package may import, by their public names only. */
export const packages = {
  sdk: [],
  datasets: [],
  cli: ['@certispike/sdk', '@certispike/sdk/convert', '@certispike/datasets'],
};
