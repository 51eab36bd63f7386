import { ByteBuffer } from 'flatbuffers';

/** Bytes of a flatbuffer's size, root and identifier. */
const PREFIX = 12;

/** A table of a flatbuffer that has its size in front; every position is checked, which the library does not do. */
export class FlatTable {
  /** Four characters that name what the table is. */
  readonly identifier: string;
  readonly #buffer: ByteBuffer;
  readonly #root: number;
  readonly #end: number;

  /** @throws RangeError when the bytes are no such buffer */
  constructor(bytes: Uint8Array) {
    if (bytes.length < PREFIX) throw new RangeError(`${bytes.length} bytes are no flatbuffer`);
    this.#buffer = new ByteBuffer(bytes);
    this.#end = 4 + this.#buffer.readUint32(0);
    this.#within(0, this.#end, 'size', bytes.length);
    this.identifier = String.fromCharCode(...bytes.subarray(8, 12));
    this.#root = 4 + this.#buffer.readUint32(4);
    this.#within(this.#root, 4, 'root');
    const vtable = this.#root - this.#buffer.readInt32(this.#root);
    this.#within(vtable, 4, 'vtable');
    this.#within(vtable, this.#buffer.readUint16(vtable), 'vtable');
  }

  /** Position of the field of a table of at least `size` bytes; undefined when it is absent. */
  #field(index: number, size: number): number | undefined {
    const offset = this.#buffer.__offset(this.#root, 4 + 2 * index);
    if (offset === 0) return undefined;
    this.#within(this.#root + offset, size, `field ${index}`);
    return this.#root + offset;
  }

  int32(index: number, otherwise: number): number {
    const at = this.#field(index, 4);
    return at === undefined ? otherwise : this.#buffer.readInt32(at);
  }

  int64(index: number, otherwise: bigint): bigint {
    const at = this.#field(index, 8);
    return at === undefined ? otherwise : this.#buffer.readInt64(at);
  }

  text(index: number): string {
    const { start, length } = this.vector(index, 1);
    return new TextDecoder().decode(this.#buffer.bytes().subarray(start, start + length));
  }

  /** Position and number of the elements of a vector, each of `size` bytes. */
  vector(index: number, size: number): { start: number; length: number } {
    const at = this.#field(index, 4);
    if (at === undefined) return { start: 0, length: 0 };
    const place = at + this.#buffer.readUint32(at);
    this.#within(place, 4, `vector ${index}`);
    const length = this.#buffer.readUint32(place);
    this.#within(place + 4, length * size, `vector ${index}`);
    return { start: place + 4, length };
  }

  #within(at: number, size: number, what: string, end = this.#end): void {
    if (at >= 0 && at + size <= end) return;
    throw new RangeError(`${what} at ${at}, ${size} bytes long, in a flatbuffer of ${end} bytes`);
  }
}
