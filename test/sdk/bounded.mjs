/**
 * A WebAssembly module whose memory ends after some pages of 64 KiB, as it does on a machine that has no more.
 * @param bytes of a module that has one memory of its own
 */
export function bounded(bytes, pages) {
  const parts = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length;) {
    const size = number(bytes, at + 1);
    const end = size.next + size.value;
    parts.push(bytes[at] === memories ? limits(bytes, size.next, pages) : bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}

/** The section that says how large memories are. */
const memories = 5;

/** The section of one memory, with a maximum. */
function limits(bytes, start, pages) {
  const least = number(bytes, start + 2);
  const content = [1, 1, ...written(least.value), ...written(pages)];
  return Uint8Array.of(memories, content.length, ...content);
}

/** A number in seven bits a byte, and where it ends. */
function number(bytes, start) {
  let [value, at] = [0, start];
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 127) << shift;
    if (byte < 128) return { value, next: at };
  }
}

function written(value) {
  return value < 128 ? [value] : [(value & 127) | 128, ...written(value >> 7)];
}
