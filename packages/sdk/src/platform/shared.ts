/** Whether threads can share memory: in Node, and in pages that are cross-origin isolated. */
const sharesMemory = typeof SharedArrayBuffer === 'function';

/** Zeros in memory that other threads see too; undefined where there is no such memory. */
export function sharedMemory(bytes: number): SharedArrayBuffer | undefined {
  return sharesMemory ? new SharedArrayBuffer(bytes) : undefined;
}

/** {@link sharedMemory} for `length` numbers. */
export function sharedFloats(length: number): Float32Array | undefined {
  const memory = sharedMemory(length * Float32Array.BYTES_PER_ELEMENT);
  return memory && new Float32Array(memory);
}

/** The buffers of some arrays that a message can move: each once, and none that is shared anyway. */
export function movable(arrays: readonly ArrayBufferView[]): ArrayBuffer[] {
  const buffers = new Set(arrays.map(({ buffer }) => buffer));
  return [...buffers].filter((buffer): buffer is ArrayBuffer => !isShared(buffer));
}

function isShared(buffer: ArrayBufferLike): boolean {
  return sharesMemory && buffer instanceof SharedArrayBuffer;
}
