import * as v from 'valibot';
import { check, fields, number, oneOf } from '../config/check.js';
import { type Input, inputSchema } from '../config/input.js';
import { loadFormats } from '../formats/load.js';
import { Checkpoint } from '../checkpoint/checkpoint.js';
import { decodedSafetensors } from '../checkpoint/safetensors.js';
import { isBreaking } from '../core/failure.js';
import { CertispikeError } from '../error.js';
import { type Conversion, Notes } from './conversion.js';
import { malformed, unmapped } from './failure.js';
import { beginning, fileKind } from './kind.js';
import { describedConversion, type LayersDescription } from './layers/description.js';
import { conventions, type NirConvention } from './nir/convention.js';
import { nirConversion } from './nir/read.js';
import { paperConversion } from './paper.js';
import { stateDict } from './pytorch/state-dict.js';
import { safetensorsState } from './safetensors-state.js';
import { contents, type ForeignTensors } from './tensor.js';

/** How a file is read; what the file says itself need not be given. */
export interface ConvertOptions {
  /** What messages call the file. */
  readonly name?: string;
  /** How inputs are fed, where the file does not say or says otherwise. */
  readonly input?: Input;
  /** What a state dict does not say of its layers. Needed for all but the networks of the paper. */
  readonly layers?: LayersDescription;
  /** By which rules a NIR graph is read; detected unless given. */
  readonly convention?: NirConvention;
  /** Seconds of a step of a NIR graph; the convention's unless given. */
  readonly dt?: number;
}

const optionsSchema = fields({
  name: v.optional(v.string('a name'), 'file'),
  input: v.optional(inputSchema),
  layers: v.optional(v.looseObject({}, 'a description of layers')),
  convention: v.optional(oneOf(...conventions)),
  dt: v.optional(number(1e-12, 1e6)),
});

/**
 * The network of a file of another framework, exactly or not at all. The file is recognised by its content: a state dict
 * of PyTorch (`.pth`, `.pt`; no code in it is run), one in safetensors, a NIR graph, or a model of this package.
 * @throws CertispikeError `invalid-model-file` for a file that is truncated, broken or unsafe, naming offset or record;
 *   `cannot-convert` for a network without an exact counterpart, naming layer and reason; `core-load`
 * @example
 * ```ts
 * import { readFile } from 'node:fs/promises';
 * import { rate } from '@certispike/sdk';
 * import { convert } from '@certispike/sdk/convert';
 *
 * const { network, report } = await convert(await readFile('network.nir'), { input: rate([1, 28, 28]) });
 * console.log(report.origin); // nir
 * ```
 */
export async function convert(bytes: Uint8Array, options: ConvertOptions = {}): Promise<Conversion> {
  const { name, input, convention, dt, layers } = check('options', optionsSchema, options);
  const kind = fileKind(bytes);
  if (kind === 'certispike') return ownConversion(name, bytes);
  if (kind === 'hdf5') return nirConversion(name, bytes, { convention, dt, input });
  const tensors = await tensorsOf(name, bytes);
  if (layers !== undefined) return describedConversion(name, tensors, layers as unknown as LayersDescription, input);
  const found = await paperConversion(tensors, input);
  if (found !== undefined) return found;
  throw unmapped(
    name,
    `expected the layers of a network that is known, got ${contents(tensors)}; describe its layers (--layers)`,
  );
}

/** A file of this package, for who writes it in another form. */
async function ownConversion(name: string, bytes: Uint8Array): Promise<Conversion> {
  await loadFormats();
  const checkpoint = new Checkpoint(name, bytes);
  const notes = new Notes();
  const tensors = checkpoint.modelTensors();
  for (const tensor of tensors.keys()) notes.map(tensor, tensor);
  const { network } = checkpoint.metadata;
  return { network, tensors, report: notes.report('certispike', "this package's own rules") };
}

async function tensorsOf(name: string, bytes: Uint8Array): Promise<ForeignTensors> {
  const kind = fileKind(bytes);
  switch (kind) {
    case 'pytorch':
      return stateDict(name, bytes);
    case 'safetensors':
      await loadFormats();
      return safetensorsState(name, decoded(name, bytes));
    case 'onnx':
      throw new CertispikeError(
        'unsupported',
        `${name}: expected PyTorch, safetensors or NIR, got ONNX, which is not read yet`,
      );
    case 'adversarial':
      throw malformed(name, 'expected a network, got adversarial examples');
    default:
      throw malformed(
        name,
        `expected a checkpoint of PyTorch, a safetensors file or a NIR graph, got ${beginning(bytes)}`,
      );
  }
}

function decoded(name: string, bytes: Uint8Array) {
  try {
    return decodedSafetensors(bytes);
  } catch (error) {
    if (!(error instanceof CertispikeError) || isBreaking(error.code)) throw error;
    throw malformed(name, error.message, error);
  }
}
