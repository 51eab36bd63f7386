/**
 * What the functions of the core are for, by their names: the first pattern that fits decides. What the compiler merged
 * counts for the function that it is in: neurons run in one pass with the affine part before them.
 */
const core = [
  ['weight gradient', /GatherAll|ends::Through|_gradient|pairs::(outer|spread)|Forward::weigh/],
  ['neuron backward', /Through::time|combined/],
  ['relaxation', /crown::relax|neuron::relaxation/],
  ['concretisation', /region::|crown::input|margin::|score_intervals/],
  ['event lists', /lists::|masks::|events::|bunches::|rate_lists|Rows::nonzero/],
  ['affine backward', /pairs::|dots::|crown::|Affine::backward|Affine::transpose|grad::/],
  ['affine forward', /affine::|propagate::|neuron::|intervals::/],
  ['encoding', /encode::|rng::|xoshiro/],
  ['loss', /loss::|libm::/],
  ['optimiser', /optim::|parameters::|model::/],
  ['copying', /__wbg_|wasm::|js_sys/],
  ['memory', /dlmalloc|alloc|memcpy|memset|memmove|drop_in_place/],
];

/** The part that adds up what arrives at neurons, and lets them fire. */
export const forward = 'affine forward';

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
