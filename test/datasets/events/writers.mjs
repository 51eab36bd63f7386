// Files of events, written from the descriptions of their formats; independent of the package's readers.

/** Bytes put together from numbers of given widths: `[value, bytes]`, or texts and arrays of bytes as they are. */
export function assemble(parts, littleEndian) {
  return Uint8Array.from(
    parts.flatMap((part) => {
      if (typeof part === 'string') return Array.from(part, (char) => char.charCodeAt(0));
      if (ArrayBuffer.isView(part)) return Array.from(part);
      const [value, width] = part;
      const bytes = Array.from({ length: width }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 0xffn));
      return littleEndian ? bytes : bytes.reverse();
    }),
  );
}

/** N-MNIST (garrickorchard.com): column, row, then a bit of polarity and 23 of time. */
export const nmnistFile = (events) =>
  assemble(
    events.flatMap(({ t, x, y, p }) => [
      [x, 1],
      [y, 1],
      [p * 2 ** 23 + t, 3],
    ]),
    false,
  );

/** Prophesee .dat (docs.prophesee.ai): `%` lines, type and size, then time, and 14 bits of x, 14 of y, 4 of polarity. */
export const datFile = (events, lines = ['% Version 2'], type = 12) =>
  assemble(
    [
      `${lines.join('\n')}\n`,
      [type, 1],
      [8, 1],
      ...events.flatMap(({ t, x, y, p }) => [
        [t, 4],
        [x + y * 2 ** 14 + p * 2 ** 28, 4],
      ]),
    ],
    true,
  );

/** EVT 2.0: a word for the upper 28 bits of the time wherever they change, then 4 bits of type, 6 of time, 11 of x, 11 of y. */
export function evt2File(events, lines = ['% evt 2.0', '% end']) {
  let high;
  const words = events.flatMap(({ t, x, y, p }) => {
    const next = Math.floor(t / 64) % 2 ** 28;
    const times = next === high ? [] : [8 * 2 ** 28 + next];
    high = next;
    return [...times, p * 2 ** 28 + (t % 64) * 2 ** 22 + x * 2 ** 11 + y];
  });
  return assemble([`${lines.join('\n')}\n`, ...words.map((word) => [word, 4])], true);
}

/** EVT 3.0 words of 16 bits: a type in the upper four and 12 bits. */
export const evt3Words = (words, lines = ['% evt 3.0', '% end']) =>
  assemble([`${lines.join('\n')}\n`, ...words.map(([type, low]) => [type * 2 ** 12 + low, 2])], true);

/** EVT 3.0 with one word per event, and words for time and row wherever they change. */
export function evt3File(events, lines) {
  const state = {};
  const set = (key, value, type) => {
    if (state[key] === value) return [];
    state[key] = value;
    return [[type, value]];
  };
  const words = events.flatMap(({ t, x, y, p }) => {
    const high = set('high', Math.floor(t / 4096) % 4096, 8);
    if (high.length > 0) state.low = undefined;
    return [...high, ...set('low', t % 4096, 6), ...set('y', y, 0), [2, p * 2 ** 11 + x]];
  });
  return evt3Words(words, lines);
}

/** AEDAT 2.0 (docs.inivation.com): `#` lines, then address and time, big-endian. */
export const aedat2File = (addresses, lines = []) =>
  assemble(
    [
      ['#!AER-DAT2.0', '# This is a raw AE data file - do not edit', ...lines].map((line) => `${line}\r\n`).join(''),
      ...addresses.flatMap(({ t, address }) => [
        [address, 4],
        [t, 4],
      ]),
    ],
    false,
  );

/** An address of a DVS128, from its fields. */
export const dvs128 = ({ x, y, bit }) => x * 2 + y * 2 ** 8 + bit;

/** An address of a DAVIS, from its fields. */
export const davis = ({ x, y, bit }) => bit * 2 ** 11 + x * 2 ** 12 + y * 2 ** 22;

/** An AEDAT 3.1 packet (libcaer, common.h): of polarity events unless `type` says otherwise. */
export const aedat3Packet = (events, { type = 1, overflows = 0, capacity = events.length, size = 8, number } = {}) => [
  [type, 2],
  [0, 2],
  [size, 4],
  [4, 4],
  [overflows, 4],
  [capacity, 4],
  [number ?? events.length, 4],
  [events.length, 4],
  ...events.flatMap(({ t, x, y, p, isValid = true }) => [
    [(isValid ? 1 : 0) + p * 2 + y * 4 + x * 2 ** 17, 4],
    [t, 4],
  ]),
];

export const aedat3File = (packets, source = 'DVS128') =>
  assemble(
    [
      `#!AER-DAT3.1\r\n#Format: RAW\r\n#Source 0: ${source}\r\n#Start-Time: 2016-01-01 00:00:00 (TZ+0100)\r\n#!END-HEADER\r\n`,
      ...packets.flat(),
    ],
    true,
  );
