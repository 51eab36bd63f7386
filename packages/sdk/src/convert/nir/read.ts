import * as v from 'valibot';
import { check, fields, number } from '../../config/check.js';
import { type ImageShape, type Input, inputSchema, shapeSchema } from '../../config/input.js';
import type { Readout } from '../../config/network.js';
import { assembled } from '../assembly.js';
import { type Conversion, Notes } from '../conversion.js';
import { malformed, unmapped } from '../failure.js';
import type { Part } from '../parts.js';
import { detected, type NirConvention, rulesOf } from './convention.js';
import { chainOf, graphOf, NirFile, type NirNode } from './graph.js';
import type { Remembered } from './neurons.js';
import { partsOf } from './nodes.js';

/** How a graph is read, where it does not say itself. */
export interface NirOptions {
  /** Detected unless given. */
  readonly convention?: NirConvention | undefined;
  /** Seconds of a step; the convention's unless given. */
  readonly dt?: number | undefined;
  readonly input?: Input | undefined;
}

/** Where certispike keeps what NIR has no fields for. */
export const notesPath = '/node/metadata/certispike';

const keptSchema = fields({
  dt: number(1e-12, 1e6),
  input: inputSchema,
  readout: v.picklist(['rate', 'membrane', 'linear']),
  leaks: v.record(v.string(), v.union([number(0, 1), v.array(number(0, 1))])),
});

/** What certispike writes beside a graph. */
export type KeptNotes = v.InferOutput<typeof keptSchema>;

/**
 * The network of a NIR graph.
 * @throws CertispikeError `invalid-model-file`, `cannot-convert` naming node and field, `core-load`
 */
export function nirConversion(name: string, bytes: Uint8Array, options: NirOptions): Promise<Conversion> {
  return NirFile.with(name, bytes, (file) => {
    const chain = chainOf(file, graphOf(file));
    const kept = file.has(notesPath) ? keptNotes(file) : undefined;
    const dt = options.dt ?? kept?.dt;
    const convention = options.convention ?? (kept === undefined ? detected(chain, dt) : 'nir');
    const rules = rulesOf(convention, dt);
    const notes = new Notes();
    const input = options.input ?? kept?.input ?? inputOf(chain[0] as NirNode, notes);
    const parts: Part[] = [];
    for (const node of chain) {
      if (node.type === 'Input' || node.type === 'Output') continue;
      const leak = kept?.leaks[node.name];
      const remembered: Remembered | undefined = leak === undefined ? undefined : { leak };
      parts.push(...partsOf(node, rules, notes, remembered));
    }
    fitting(chain[0] as NirNode, input);
    const { values: outputs } = (chain.at(-1) as NirNode).numbers('shape');
    if (outputs.reduce((product, size) => product * size, 1) === 1) {
      throw unmapped((chain.at(-1) as NirNode).where('shape'), 'expected an output per class, at least 2, got 1');
    }
    if (kept === undefined) {
      notes.warn(
        'NIR does not say whether the threshold is subtracted after a spike (soft reset); it is taken to be a reset to zero',
      );
    }
    const readout: Readout | undefined = kept?.readout === 'rate' ? { kind: 'rate' } : undefined;
    const { network, tensors } = assembled(name, input, parts, readout, notes);
    return { network, tensors, report: notes.report('nir', rules.words) };
  });
}

function keptNotes(file: NirFile): KeptNotes {
  const where = `${file.name}: ${notesPath}`;
  const text = file.text(notesPath, where);
  try {
    return check('notes', keptSchema, JSON.parse(text));
  } catch (error) {
    throw malformed(where, `expected what certispike writes beside a graph, got: ${(error as Error).message}`, error);
  }
}

/** The input that a graph names, as spikes over time: it does not say how images become them. */
function inputOf(node: NirNode, notes: Notes): Input {
  const shape = shapeOf(node);
  notes.warn(`input: taken to be spikes of ${shape.join(' x ')} over 10 steps; the graph does not say how it is fed`);
  return { shape, encoding: 'spikes', steps: 10 };
}

function shapeOf(node: NirNode): ImageShape {
  const sizes = [...node.numbers('shape').values];
  const [first, second, third] = sizes;
  const shape = sizes.length === 3 ? [first, second, third] : sizes.length === 1 ? [first, 1, 1] : sizes;
  if (v.is(shapeSchema, shape)) return shape;
  throw unmapped(
    node.where('shape'),
    `expected a list [inputs] or a map [channels, height, width], got [${sizes.slice(0, 8).join(', ')}]`,
  );
}

/** Refuses an input of another size than the graph's. */
function fitting(node: NirNode, { shape }: Input): void {
  const there = shapeOf(node);
  const size = (sizes: readonly number[]) => sizes.reduce((product, length) => product * length, 1);
  const isList = there[1] * there[2] === 1;
  if (isList ? size(there) !== size(shape) : there.join() !== shape.join()) {
    throw unmapped(node.where('shape'), `expected an input of ${there.join(' x ')}, got one of ${shape.join(' x ')}`);
  }
}
