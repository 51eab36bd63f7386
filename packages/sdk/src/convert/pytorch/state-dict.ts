import { malformed, unmapped } from '../failure.js';
import { contents, ForeignTensor, type ForeignTensors } from '../tensor.js';
import { Archive } from './archive.js';
import { unpickled, type Value } from './pickle.js';
import { torchResolvers } from './torch.js';

/** Larger pickles hold more than the names of tensors. */
const mostBytes = 1 << 24;

/** Dictionaries in dictionaries. */
const mostLevels = 8;

/** Keys under which trainings keep the state dict among other things, in the order of preference. */
const usual = ['state_dict', 'model_state_dict', 'model', 'net', 'network', 'module'];

/** What `torch.save` wrote before PyTorch 1.6: a pickle of this number, or a tar archive. */
const legacy = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** Whether bytes are a checkpoint of PyTorch from before it wrote zip archives. */
export function isLegacy(bytes: Uint8Array): boolean {
  const isTar = new TextDecoder('latin1').decode(bytes.subarray(257, 262)) === 'ustar';
  return isTar || legacy.every((byte, index) => bytes[index] === byte);
}

/**
 * The tensors of a file written by `torch.save`: those of a state dict, also where it is kept beside other things.
 * No code is run: the pickle may name tensors and plain containers only.
 * @param file its name in messages
 * @throws CertispikeError `invalid-model-file`, `cannot-convert` when there is no state dict
 */
export async function stateDict(file: string, bytes: Uint8Array): Promise<ForeignTensors> {
  if (isLegacy(bytes)) {
    throw malformed(
      file,
      'expected a zip archive, as PyTorch writes it since 1.6, got a file of an older one; load it there and save it again',
    );
  }
  const archive = await Archive.open(file, bytes);
  const size = archive.sizeOf('data.pkl') ?? 0;
  if (size > mostBytes) throw malformed(`${file}: data.pkl`, `expected at most ${mostBytes} bytes, got ${size}`);
  const root = unpickled(`${file}: data.pkl`, await archive.read('data.pkl'), torchResolvers(archive));
  const found = dictionaries(root);
  if (found.size === 0) throw unmapped(file, `expected a state dict, got ${outline(root)} without tensors by name`);
  return withoutWrapper(chosen(file, found));
}

/** Dictionaries with tensors right in them, by the keys that lead to them. */
function dictionaries(root: Value): Map<string, Map<string, ForeignTensor>> {
  const found = new Map<string, Map<string, ForeignTensor>>();
  const seen = new Set<Value>();
  const visit = (value: Value, path: readonly string[]) => {
    if (!(value instanceof Map) || seen.has(value) || path.length > mostLevels) return;
    seen.add(value);
    const tensors = new Map<string, ForeignTensor>();
    for (const [key, inner] of value as Map<Value, Value>) {
      if (typeof key !== 'string') continue;
      if (inner instanceof ForeignTensor) tensors.set(key, inner.named(key));
      else visit(inner, [...path, key]);
    }
    if (tensors.size > 0) found.set(path.join('.'), tensors);
  };
  visit(root, []);
  return found;
}

/** Keys and kinds of what a file holds, for messages. */
function outline(root: Value): string {
  if (!(root instanceof Map)) return kindOf(root);
  const entries = [...(root as Map<Value, Value>)];
  const shown = entries.slice(0, mostShown).map(([key, value]) => `${name(key)} (${kindOf(value)})`);
  const more = entries.length > mostShown ? ` and ${entries.length - mostShown} more` : '';
  return entries.length === 0 ? 'an empty dictionary' : `a dictionary of ${shown.join(', ')}${more}`;
}

/** Keys that messages show, and letters of a key. */
const [mostShown, mostLetters] = [16, 40];

function name(key: Value): string {
  const isText = typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint';
  return isText ? String(key).slice(0, mostLetters) : kindOf(key);
}

function kindOf(value: Value): string {
  if (value === null) return 'None';
  if (value instanceof ForeignTensor) return `a tensor [${value.shape.join(', ')}]`;
  if (value instanceof Map) return `a dictionary of ${value.size}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return { string: 'a text', boolean: 'a truth value', object: 'an object' }[typeof value as string] ?? 'a number';
}

function chosen(file: string, found: ReadonlyMap<string, Map<string, ForeignTensor>>): Map<string, ForeignTensor> {
  for (const path of ['', ...usual]) {
    const tensors = found.get(path);
    if (tensors !== undefined) return tensors;
  }
  const [only] = found.values();
  if (only !== undefined && found.size === 1) return only;
  const inside = [...found].map(([path, tensors]) => `${path} (${contents(tensors)})`).join('; ');
  throw unmapped(file, `expected one state dict, as model.state_dict() gives it, got ${inside}`);
}

/** `DataParallel` puts `module.` before every name. */
function withoutWrapper(tensors: ReadonlyMap<string, ForeignTensor>): ForeignTensors {
  const prefix = 'module.';
  if (![...tensors.keys()].every((name) => name.startsWith(prefix))) return tensors;
  return new Map(
    [...tensors.values()].map((tensor) => {
      const name = tensor.name.slice(prefix.length);
      return [name, tensor.named(name)];
    }),
  );
}
