import { malformed } from '../failure.js';

/**
 * A strict reader of Python pickles: protocol 2 as `torch.save` writes it, without any way to run code. Names of Python
 * objects are looked up in a table that the caller gives and are called nowhere else; all else is refused. Time and
 * memory are linear in the bytes: an instruction reads at least one byte and makes at most one value.
 *
 * The npm package `pickleparser` 0.2.1 was tried: a negative length of BINBYTES moves it backwards for ever, LONG1 loses
 * signs, and dictionaries are plain objects.
 */

/** What a pickle may hold. Tuples and lists are arrays, dictionaries Maps; other objects come from the caller's table. */
export type Value = null | boolean | number | bigint | string | object;

/** A name of Python that the caller knows. */
export class Global {
  /**
   * @param name `module.name`
   * @param call what it gives for arguments; undefined for a name that is no function
   */
  constructor(
    readonly name: string,
    readonly call?: (values: readonly Value[], where: string) => Value,
  ) {}
}

/** What a pickle may ask its reader for. */
export interface Resolvers {
  /** Undefined refuses the name. */
  global(name: string): Global | undefined;
  /** What stands for data beside the pickle. */
  persistent(id: Value, where: string): Value;
}

/**
 * The value of a pickle.
 * @param file its name in messages
 * @throws CertispikeError `invalid-model-file` naming the offset
 */
export function unpickled(file: string, bytes: Uint8Array, resolvers: Resolvers): Value {
  return new Unpickler(file, bytes, resolvers).run();
}

class Unpickler {
  readonly #file: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #resolvers: Resolvers;
  readonly #memo = new Map<number, Value>();
  /** The stacks below the marks. */
  readonly #frames: Value[][] = [];
  #stack: Value[] = [];
  #position = 0;
  /** Where the present instruction begins. */
  #start = 0;

  constructor(file: string, bytes: Uint8Array, resolvers: Resolvers) {
    this.#file = file;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#resolvers = resolvers;
  }

  run(): Value {
    for (;;) {
      this.#start = this.#position;
      const opcode = this.#byte();
      if (opcode === stop) {
        const value = this.#pop();
        if (this.#stack.length > 0 || this.#frames.length > 0) throw this.#wrong('one value at the end, got several');
        return value;
      }
      const run = instructions.get(opcode);
      if (run === undefined) throw this.#wrong(`an instruction of protocol 2, got ${hexadecimal(opcode)}`);
      run(this);
    }
  }

  protocol(): void {
    const version = this.#byte();
    if (version !== 2)
      throw this.#wrong(`pickle protocol 2, which torch.save writes unless told otherwise, got ${version}`);
  }

  push(value: Value): void {
    this.#stack.push(value);
  }

  mark(): void {
    this.#frames.push(this.#stack);
    this.#stack = [];
  }

  /** What was pushed since the last mark. */
  taken(): Value[] {
    const below = this.#frames.pop();
    if (below === undefined) throw this.#wrong('a mark before it, got none');
    const values = this.#stack;
    this.#stack = below;
    return values;
  }

  /** The topmost `count` values as a tuple. */
  tuple(count: number): void {
    const values = Array.from({ length: count }, () => this.#pop());
    this.push(values.reverse());
  }

  append(values: readonly Value[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#wrong('a list to append to, got something else');
    for (const value of values) list.push(value);
  }

  appendTop(): void {
    this.append([this.#pop()]);
  }

  set(values: readonly Value[]): void {
    const map = this.#top();
    if (!(map instanceof Map)) throw this.#wrong('a dictionary to fill, got something else');
    if (values.length % 2 !== 0) throw this.#wrong('keys with values, got a key without');
    for (let index = 0; index < values.length; index += 2) map.set(values[index], values[index + 1]);
  }

  setTop(): void {
    const value = this.#pop();
    this.set([this.#pop(), value]);
  }

  put(key: number): void {
    this.#memo.set(key, this.#top());
  }

  get(key: number): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw this.#wrong(`something remembered as number ${key}, got nothing`);
    this.push(value);
  }

  global(): void {
    const name = `${this.#line()}.${this.#line()}`;
    const found = this.#resolvers.global(name);
    if (found === undefined) {
      throw malformed(
        this.#where(),
        `expected tensors and plain containers only, got the Python object ${JSON.stringify(name.slice(0, 200))}, which is ` +
          'refused because loading it would run code; save model.state_dict() alone',
      );
    }
    this.push(found);
  }

  reduce(): void {
    const values = this.#pop();
    const callee = this.#pop();
    if (!(callee instanceof Global) || callee.call === undefined || !Array.isArray(values)) {
      throw this.#wrong('the call of a function that makes a tensor or a dictionary, got another');
    }
    this.push(callee.call(values, this.#where()));
  }

  /** Attributes of a dictionary, such as the `_metadata` of a state dict, hold no numbers of the network. */
  build(): void {
    this.#pop();
    if (!(this.#top() instanceof Map)) throw this.#wrong('attributes of a dictionary, got those of something else');
  }

  persistent(): void {
    this.push(this.#resolvers.persistent(this.#pop(), this.#where()));
  }

  byte(): number {
    return this.#byte();
  }

  number(bytes: number, read: (view: DataView, at: number) => number): number {
    return read(this.#view, this.#advance(bytes));
  }

  /** A whole number of so many little-endian bytes in two's complement. */
  long(length: number): number | bigint {
    if (length > longest) throw this.#wrong(`a whole number of at most ${longest} bytes, got ${length}`);
    const at = this.#advance(length);
    let value = 0n;
    for (let index = length - 1; index >= 0; index -= 1)
      value = (value << 8n) | BigInt(this.#bytes[at + index] as number);
    value = BigInt.asIntN(8 * length, value);
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }

  text(length: number): string {
    const at = this.#advance(length);
    try {
      return utf8.decode(this.#bytes.subarray(at, at + length));
    } catch (error) {
      throw malformed(this.#where(), 'expected text in UTF-8, got other bytes', error);
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end < 0) throw this.#wrong('a name that ends with a line feed, got the end of the file');
    const text = this.text(end - this.#position);
    this.#position = end + 1;
    return text;
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)] as number;
  }

  #advance(count: number): number {
    const at = this.#position;
    if (count > this.#bytes.length - at) {
      throw this.#wrong(`${count} more bytes, got ${this.#bytes.length - at} before the end; is the file truncated?`);
    }
    this.#position = at + count;
    return at;
  }

  #pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined) throw this.#wrong('a value before it, got none');
    return value;
  }

  #top(): Value {
    const value = this.#stack.at(-1);
    if (value === undefined) throw this.#wrong('a value before it, got none');
    return value;
  }

  #where(): string {
    return `${this.#file} at offset ${this.#start}`;
  }

  #wrong(expected: string) {
    return malformed(this.#where(), `expected ${expected}`);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const hexadecimal = (byte: number) => `0x${byte.toString(16).padStart(2, '0')}`;

const code = (letter: string) => letter.charCodeAt(0);
const stop = code('.');

/** Longer whole numbers than this are none that a network has. */
const longest = 16;

/** The instructions of protocol 2 that `torch.save` uses, by their byte. */
const instructions: ReadonlyMap<number, (pickle: Unpickler) => void> = new Map([
  [0x80, (pickle: Unpickler) => pickle.protocol()],
  [code('('), (pickle) => pickle.mark()],
  [code('N'), (pickle) => pickle.push(null)],
  [0x88, (pickle) => pickle.push(true)],
  [0x89, (pickle) => pickle.push(false)],
  [code('K'), (pickle) => pickle.push(pickle.byte())],
  [code('M'), (pickle) => pickle.push(pickle.number(2, (view, at) => view.getUint16(at, true)))],
  [code('J'), (pickle) => pickle.push(pickle.number(4, (view, at) => view.getInt32(at, true)))],
  [code('G'), (pickle) => pickle.push(pickle.number(8, (view, at) => view.getFloat64(at, false)))],
  [0x8a, (pickle) => pickle.push(pickle.long(pickle.byte()))],
  [code('X'), (pickle) => pickle.push(pickle.text(pickle.number(4, (view, at) => view.getUint32(at, true))))],
  [code('U'), (pickle) => pickle.push(pickle.text(pickle.byte()))],
  [code(')'), (pickle) => pickle.push([])],
  [code(']'), (pickle) => pickle.push([])],
  [code('}'), (pickle) => pickle.push(new Map())],
  [code('t'), (pickle) => pickle.push(pickle.taken())],
  [code('l'), (pickle) => pickle.push(pickle.taken())],
  [0x85, (pickle) => pickle.tuple(1)],
  [0x86, (pickle) => pickle.tuple(2)],
  [0x87, (pickle) => pickle.tuple(3)],
  [code('a'), (pickle) => pickle.appendTop()],
  [code('e'), (pickle) => pickle.append(pickle.taken())],
  [code('s'), (pickle) => pickle.setTop()],
  [code('u'), (pickle) => pickle.set(pickle.taken())],
  [code('q'), (pickle) => pickle.put(pickle.byte())],
  [code('r'), (pickle) => pickle.put(pickle.number(4, (view, at) => view.getUint32(at, true)))],
  [code('h'), (pickle) => pickle.get(pickle.byte())],
  [code('j'), (pickle) => pickle.get(pickle.number(4, (view, at) => view.getUint32(at, true)))],
  [code('c'), (pickle) => pickle.global()],
  [code('R'), (pickle) => pickle.reduce()],
  [code('b'), (pickle) => pickle.build()],
  [code('Q'), (pickle) => pickle.persistent()],
]);
