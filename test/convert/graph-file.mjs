import { readFileSync } from 'node:fs';
import { initSync, TreeBuilder } from '../../packages/sdk/graphs/snn_graphs.js';

initSync({ module: readFileSync(new URL('../../packages/sdk/graphs/snn_graphs_bg.wasm', import.meta.url)) });

const sizes = (shape) => Uint32Array.from(shape);

/**
 * A NIR file. A node is its fields: texts, lists (of whole numbers where all are whole and the field speaks of sizes),
 * `{ shape, values }`, or for a subgraph `{ type: 'NIRGraph', nodes, edges }`.
 */
export function graphFile(graph) {
  const builder = new TreeBuilder();
  builder.addTexts('/version', sizes([]), ['1.0']);
  add(builder, '/node', { type: 'NIRGraph', ...graph });
  return builder.bytes();
}

const whole = new Set([
  'shape',
  'stride',
  'padding',
  'dilation',
  'groups',
  'kernel_size',
  'start_dim',
  'end_dim',
  'input_type',
  'input_shape',
]);

function add(builder, path, { nodes, edges, ...fields }) {
  for (const [name, node] of Object.entries(nodes ?? {})) add(builder, `${path}/nodes/${name}`, node);
  if (edges !== undefined) builder.addTexts(`${path}/edges`, sizes([edges.length, 2]), edges.flat());
  for (const [name, value] of Object.entries(fields)) {
    const at = `${path}/${name}`;
    if (typeof value === 'string') builder.addTexts(at, sizes([]), [value]);
    else if (whole.has(name)) {
      const list = [value].flat();
      builder.addWholes(at, sizes(Array.isArray(value) ? [list.length] : []), Int32Array.from(list));
    } else if (Array.isArray(value)) builder.addDoubles(at, sizes([value.length]), Float64Array.from(value));
    else if (typeof value === 'number') builder.addDoubles(at, sizes([]), Float64Array.of(value));
    else builder.addDoubles(at, sizes(value.shape), Float64Array.from(value.values));
  }
}

/** Nodes one after the other, by the order of their names. */
export function chain(nodes) {
  const names = Object.keys(nodes);
  return { nodes, edges: names.slice(1).map((name, index) => [names[index], name]) };
}
