import * as v from 'valibot';
import { check, fields } from '../../config/check.js';
import { inputSchema, type Input } from '../../config/input.js';
import { assembled } from '../assembly.js';
import { type Conversion, Notes } from '../conversion.js';
import { unmapped } from '../failure.js';
import type { Part } from '../parts.js';
import { contents, type ForeignTensors } from '../tensor.js';
import { type Build, buildTorch, isTorch, torchSchemas } from './module.js';
import { buildPlain, plainSchema } from './plain.js';
import { buildSnntorch, snntorchSchema } from './snntorch.js';
import { buildSpikingjelly, spikingjellySchemas } from './spikingjelly.js';
import { StateReader } from './state-reader.js';

/**
 * What a state dict does not say: the layers in order, each by the class name of its framework with the arguments of its
 * constructor and the name of its module in the state dict; what is left out has the framework's default.
 */
export interface LayersDescription {
  readonly framework: 'pytorch' | 'snntorch' | 'spikingjelly';
  readonly input: Input;
  readonly layers: readonly ({ readonly type: string; readonly name?: string } & Readonly<Record<string, unknown>>)[];
  /** Tensors of the state dict that have no effect on the network's output. */
  readonly ignore?: readonly string[];
}

const framed = (layers: v.GenericSchema) =>
  fields({
    framework: v.picklist(['pytorch', 'snntorch', 'spikingjelly']),
    input: inputSchema,
    layers: v.pipe(v.array(layers, 'a list of layers'), v.nonEmpty('at least one layer')),
    ignore: v.optional(v.array(v.string('the name of a tensor'), 'a list of names'), []),
  });

/** A framework: the neurons that are known of it, and how they become parts. */
interface Framework {
  readonly schema: v.GenericSchema;
  readonly build: Build<never>;
  readonly words: string;
}

function framework(schemas: readonly v.GenericSchema[], build: unknown, words: string): Framework {
  const all = [...torchSchemas, ...schemas] as readonly (typeof torchSchemas)[number][];
  const names = all.map(({ entries }) => entries.type.literal);
  const [first, ...rest] = all;
  const expected = `a layer of type ${names.join(', ')}`;
  return {
    schema: v.variant('type', [first as (typeof all)[number], ...rest], expected),
    build: build as Build<never>,
    words,
  };
}

const frameworks: Readonly<Record<LayersDescription['framework'], Framework>> = {
  pytorch: framework([plainSchema], buildPlain, 'the description of the layers, in terms of this package'),
  snntorch: framework([snntorchSchema], buildSnntorch, 'snnTorch 1.0: fires above the threshold, resets a step later'),
  spikingjelly: framework(
    spikingjellySchemas,
    buildSpikingjelly,
    'SpikingJelly 2.0: fires at the threshold (>=), which becomes > the next smaller float32',
  ),
};

/**
 * The network of a state dict whose layers are described.
 * @throws CertispikeError `invalid-description`, `invalid-value` for a description that is none; `cannot-convert`
 */
export async function describedConversion(
  file: string,
  tensors: ForeignTensors,
  description: LayersDescription,
  input: Input | undefined,
): Promise<Conversion> {
  const { framework: name } = check(
    'layers',
    v.looseObject(
      {
        framework: v.picklist(
          Object.keys(frameworks) as (keyof typeof frameworks)[],
          `one of ${Object.keys(frameworks).join(', ')}`,
        ),
      },
      'an object',
    ),
    description,
  );
  const { schema, build, words } = frameworks[name];
  const { layers, ignore, input: described } = check('layers', framed(schema), description);
  const state = new StateReader(tensors);
  const parts: Part[] = [];
  for (const [index, layer] of (layers as readonly { readonly type: string }[]).entries()) {
    const where = `layers.layers[${index}]`;
    parts.push(...(await (isTorch(layer) ? buildTorch(where, layer, state) : build(where, layer as never, state))));
  }
  const notes = new Notes();
  const { network, tensors: numbers } = assembled(file, input ?? described, parts, undefined, notes);
  const unread = state.unread(ignore);
  if (unread.size > 0) {
    throw unmapped(
      file,
      `expected every tensor to belong to a layer or to be ignored, got besides: ${contents(unread)}`,
    );
  }
  return { network, tensors: numbers, report: notes.report(name, words) };
}
