import { reasonOf } from '../../error.js';
import { Tree } from '../../graphs/bindings.js';
import { loadGraphs } from '../../graphs/load.js';
import { malformed, unmapped } from '../failure.js';
import type { Numbers } from '../parts.js';

/** Subgraphs in subgraphs. */
const mostLevels = 8;

/** A node of a NIR graph; its fields are read when they are asked for. */
export class NirNode {
  readonly #file: NirFile;
  readonly #path: string;

  constructor(
    file: NirFile,
    path: string,
    /** With the names of the subgraphs around it: `block.conv1`. */
    readonly name: string,
    readonly type: string,
  ) {
    this.#file = file;
    this.#path = path;
  }

  /** What messages call a field. */
  where(field: string): string {
    return `${this.#file.name}: node ${this.name} (${this.type}): ${field}`;
  }

  has(field: string): boolean {
    return this.#file.has(`${this.#path}/${field}`);
  }

  /** @throws CertispikeError `invalid-model-file` when there is no such field, or it holds no numbers */
  numbers(field: string): Numbers {
    return this.#file.numbers(`${this.#path}/${field}`, this.where(field));
  }

  /** The text of a field that may hold one; undefined when it holds numbers. */
  text(field: string): string | undefined {
    const path = `${this.#path}/${field}`;
    return this.#file.kind(path, this.where(field)) === 'text' ? this.#file.text(path, this.where(field)) : undefined;
  }
}

/** The HDF5 file of a graph. */
export class NirFile {
  readonly name: string;
  readonly #tree: Tree;
  readonly #paths: ReadonlySet<string>;
  /** Names right below a path. */
  readonly #below = new Map<string, Set<string>>();

  private constructor(name: string, tree: Tree) {
    this.name = name;
    this.#tree = tree;
    this.#paths = new Set(tree.paths);
    for (const path of this.#paths) {
      const names = path.split('/').slice(1);
      let above = '';
      for (const name of names) {
        this.#below.set(above, (this.#below.get(above) ?? new Set()).add(name));
        above = `${above}/${name}`;
      }
    }
  }

  /**
   * Opens a file, lets `read` see it and closes it.
   * @param name what messages call it
   * @throws CertispikeError `invalid-model-file`, `core-load`
   */
  static async with<T>(name: string, bytes: Uint8Array, read: (file: NirFile) => T): Promise<T> {
    await loadGraphs();
    const tree = guarded(name, 'expected an HDF5 file that is whole', () => Tree.parse(bytes));
    try {
      return read(new NirFile(name, tree));
    } finally {
      tree.free();
    }
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  kind(path: string, where: string): string {
    return guarded(where, 'expected a field that can be read', () => this.#tree.kind(path));
  }

  numbers(path: string, where: string): Numbers {
    this.#need(path, where);
    return guarded(where, 'expected numbers', () => ({
      shape: [...this.#tree.shape(path)],
      values: this.#tree.numbers(path),
    }));
  }

  texts(path: string, where: string): string[] {
    this.#need(path, where);
    return guarded(where, 'expected texts', () => this.#tree.texts(path));
  }

  text(path: string, where: string): string {
    const [text, ...others] = this.texts(path, where);
    if (text === undefined || others.length > 0) throw malformed(where, `expected one text, got ${others.length + 1}`);
    return text;
  }

  /** Names of what lies right below a path. */
  names(path: string): readonly string[] {
    return [...(this.#below.get(path) ?? [])];
  }

  #need(path: string, where: string): void {
    if (!this.has(path)) throw malformed(where, `expected it in the file at ${path}, got none`);
  }
}

function guarded<T>(where: string, expected: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw malformed(where, `${expected}, got: ${reasonOf(error)}`, error);
  }
}

/** Nodes and how they are connected, subgraphs put in place. */
export interface NirGraph {
  readonly nodes: ReadonlyMap<string, NirNode>;
  readonly edges: readonly (readonly [from: string, to: string])[];
}

/**
 * The graph of a file, with its subgraphs in place of the nodes that they are.
 * @throws CertispikeError `invalid-model-file`
 */
export function graphOf(file: NirFile): NirGraph {
  if (!file.has('/node/type')) {
    throw malformed(
      file.name,
      `expected an HDF5 file with a NIR graph at /node, got one with ${file.names('').slice(0, 8).join(', ') || 'nothing'}`,
    );
  }
  const nodes = new Map<string, NirNode>();
  const edges: [string, string][] = [];
  inline(file, '/node', '', 0, nodes, edges);
  return { nodes, edges };
}

function inline(
  file: NirFile,
  path: string,
  prefix: string,
  level: number,
  nodes: Map<string, NirNode>,
  edges: [string, string][],
): { inputs: string[]; outputs: string[] } {
  const where = `${file.name}: ${prefix === '' ? 'the graph' : `subgraph ${prefix.slice(0, -1)}`}`;
  const type = file.text(`${path}/type`, `${where}: type`);
  if (type !== 'NIRGraph') throw malformed(`${where}: type`, `expected NIRGraph, got ${JSON.stringify(type)}`);
  if (level > mostLevels) throw malformed(where, `expected at most ${mostLevels} subgraphs in one another, got more`);
  const [ends, inputs, outputs] = [
    new Map<string, { inputs: string[]; outputs: string[] }>(),
    [] as string[],
    [] as string[],
  ];
  for (const name of file.names(`${path}/nodes`)) {
    const at = `${path}/nodes/${name}`;
    const kind = file.text(`${at}/type`, `${where}: node ${name}: type`);
    if (kind === 'NIRGraph') {
      ends.set(name, inline(file, at, `${prefix}${name}.`, level + 1, nodes, edges));
      continue;
    }
    const full = `${prefix}${name}`;
    nodes.set(full, new NirNode(file, at, full, kind));
    ends.set(name, { inputs: [full], outputs: [full] });
    if (kind === 'Input') inputs.push(full);
    if (kind === 'Output') outputs.push(full);
  }
  if (level > 0 && (inputs.length !== 1 || outputs.length !== 1)) {
    const got = `${inputs.length} and ${outputs.length}`;
    throw unmapped(where, `expected one Input and one Output in a subgraph, got ${got}`);
  }
  for (const [from, to] of pairs(file, `${path}/edges`, where)) {
    const [source, target] = [ends.get(from), ends.get(to)];
    if (source === undefined || target === undefined) {
      throw malformed(
        `${where}: edges`,
        `expected an edge between nodes, got ${JSON.stringify(from)} -> ${JSON.stringify(to)}`,
      );
    }
    for (const output of source.outputs) for (const input of target.inputs) edges.push([output, input]);
  }
  return { inputs, outputs };
}

function pairs(file: NirFile, path: string, where: string): readonly (readonly [string, string])[] {
  if (!file.has(path)) return [];
  const texts = file.texts(path, `${where}: edges`);
  if (texts.length % 2 !== 0) throw malformed(`${where}: edges`, `expected pairs of names, got ${texts.length} names`);
  return Array.from(
    { length: texts.length / 2 },
    (_, index) => [texts[2 * index] as string, texts[2 * index + 1] as string] as const,
  );
}

/**
 * The nodes in the order that signals take.
 * @throws CertispikeError `cannot-convert` for a graph that is no chain, naming the node
 */
export function chainOf(file: NirFile, { nodes, edges }: NirGraph): readonly NirNode[] {
  const [after, before] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()];
  const add = (map: Map<string, Set<string>>, key: string, value: string) => {
    map.set(key, (map.get(key) ?? new Set()).add(value));
  };
  for (const [from, to] of edges) {
    add(after, from, to);
    add(before, to, from);
  }
  const firsts = [...nodes.values()].filter(({ name, type }) => type === 'Input' && !before.has(name));
  const [first] = firsts;
  if (first === undefined || firsts.length > 1) {
    throw unmapped(
      file.name,
      `expected one Input, got ${firsts.length === 0 ? 'none' : firsts.map(({ name }) => name).join(', ')}`,
    );
  }
  const chain = new Set<NirNode>();
  for (let node: NirNode | undefined = first; node !== undefined;) {
    if (chain.has(node))
      throw unmapped(`${file.name}: node ${node.name}`, 'expected a graph without recurrent connections, got one');
    chain.add(node);
    const [next, ...others]: string[] = [...(after.get(node.name) ?? [])];
    const sources = before.get(next ?? '') ?? new Set();
    if (others.length > 0)
      throw unmapped(
        `${file.name}: node ${node.name}`,
        `expected one node after it, got ${[next, ...others].join(', ')}`,
      );
    if (sources.size > 1) {
      throw unmapped(
        `${file.name}: node ${next}`,
        `expected one node before it, got ${[...sources].join(', ')}; recurrent connections and sums have no counterpart here`,
      );
    }
    node = next === undefined ? undefined : nodes.get(next);
  }
  const ordered = [...chain];
  const last = ordered.at(-1) as NirNode;
  if (last.type !== 'Output')
    throw unmapped(`${file.name}: node ${last.name}`, 'expected an Output at the end, got none');
  const stray = [...nodes.values()].filter((node) => !chain.has(node)).map(({ name }) => name);
  if (stray.length > 0)
    throw unmapped(
      file.name,
      `expected every node between Input and Output, got besides: ${stray.slice(0, 8).join(', ')}`,
    );
  return ordered;
}
