// Readers that are each broken in one way, for fuzz.test.mjs.

const whole = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const isWhole = (bytes) => bytes.every((byte, i) => byte === whole[i]);

const reader = (name, read) => ({
  name,
  read,
  files: () => [whole],
  isRefusal: ({ code }) => code === 'no',
  multiple: 1,
  extra: 0,
});

export const targets = [
  reader('crashes', async (bytes) => (bytes.length === 8 ? 8 : undefined.length)),
  reader('refuses-all', async () => {
    throw Object.assign(new Error('no'), { code: 'no' });
  }),
  reader('gives-too-much', async (bytes) => (isWhole(bytes) ? 8 : 2 * bytes.length + 1)),
  reader('allocates-too-much', async (bytes) => {
    if (!isWhole(bytes)) new Uint8Array(2 ** 22);
    return 0;
  }),
  reader('never-ends', async (bytes) => {
    while (!isWhole(bytes));
    return 8;
  }),
];
