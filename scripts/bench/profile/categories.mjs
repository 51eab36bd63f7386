/**
 * What the functions of the core are for, by their names: the first pattern that fits decides. A function that is
 * inlined counts for the one that it is in.
 */
const core = [
  ['weight gradient', /weight_gradient|bias_gradient|radius_gradient|pairs::spread|::weigh\b|Sample<_>::firm/],
  ['concretisation', /region::|crown::input|margin::|score_intervals/],
  ['relaxation', /crown::relax|neuron::relaxation/],
  ['affine backward', /pairs::product|crown::Pass|crown::bound|Affine::backward|Affine::transpose|grad::/],
  ['neuron', /neuron::|Lists.*transposed|spikes::rates|rate_lists/],
  ['affine forward', /affine::|propagate::/],
  ['encoding', /encode::|rng::|xoshiro/],
  ['loss', /loss::|libm::/],
  ['optimiser', /optim::|parameters::|model::|model_merge|optimiser_step/],
  ['copying', /__wbg_|wasm::|js_sys/],
  ['memory', /dlmalloc|alloc|memcpy|memset|memmove|drop_in_place/],
];

/** What happens outside of the core, on a worker. */
const outside = [
  ['idle', /^\(idle\)$/],
  ['garbage collection', /^\(garbage collector\)$/],
  ['copying', /__wbg_|ToWasm|FromWasm|postMessage|receiveMessage|structuredClone|deserialize|serialize/],
  ['JavaScript and system', /./],
];

/** The words of a table in its order. */
export const order = [...new Set([...core, ...outside].map(([name]) => name)), 'rest of the core'];

/** The category of a function: of the core by its name, of JavaScript too. */
export function categoryOf(name, isCore) {
  const found = (isCore ? core : outside).find(([, pattern]) => pattern.test(name));
  return found === undefined ? 'rest of the core' : found[0];
}
