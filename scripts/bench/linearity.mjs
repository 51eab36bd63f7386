import { certify, conv2d, createEngine, direct, linear, linf, network, paper, rate } from '@certispike/sdk';
import { readBatch, repeated, rowsOf } from './batch.mjs';
import { columns, mebibytes, milliseconds } from './columns.mjs';
import { measure } from './measure.mjs';
import { summary } from './statistics.mjs';

const inputs = { rate, direct };
const shape = [1, 28, 28];

/** The paper's CONV with every layer but the last `width` times as wide. */
function wide(width, input) {
  const geometry = { kernel: 3, stride: 2, padding: 1 };
  const layers = [conv2d(64 * width, geometry), conv2d(128 * width, geometry), linear(256 * width), linear(10)];
  return network({ input, layers, readout: 'rate' });
}

/** Weights and biases: what the cost grows with as the network gets wider. */
const connections = (width) =>
  196 * 64 * width * 9 + 49 * 128 * width * 64 * width * 9 + 6272 * width * 256 * width + 2560 * width;

const usual = {
  fc: { examples: 64, steps: 10 },
  conv: { examples: 16, steps: 10 },
  epsilon: { rate: 0.06, direct: 0.1 },
};

/** Subjects: S-CROWN certificates, which contain all that inference and S-IBP do, on freshly initialised networks. */
const subjects = ['fc', 'conv'].flatMap((kind) => ['rate', 'direct'].map((input) => ({ kind, input })));

const point = ({ kind, input }, x, changes) => ({
  subject: `${kind.toUpperCase()} ${input}`,
  x,
  kind,
  input,
  width: 1,
  epsilon: usual.epsilon[input],
  ...usual[kind],
  ...changes,
});

/** Images of the largest batch below. */
const mostImages = 512;

/** What grows, and by how much. `x` is the number that the cost should be linear in. */
const series = {
  'time steps': subjects.flatMap((subject) =>
    [5, 10, 20, 50, 100].map((steps) =>
      point(subject, steps, { steps, ...(subject.kind === 'conv' ? { examples: 4 } : { examples: 16 }) }),
    ),
  ),
  images: subjects.flatMap((subject) =>
    [1, 2, 4, 8].map((times) => {
      const examples = times * (subject.kind === 'conv' ? 16 : 64);
      return point(subject, examples, { examples });
    }),
  ),
  'open inputs': subjects
    .filter(({ input }) => input === 'rate')
    .flatMap((subject) => [0.01, 0.02, 0.04, 0.08, 0.16].map((epsilon) => point(subject, undefined, { epsilon }))),
  connections: subjects
    .filter(({ kind }) => kind === 'conv')
    .flatMap((subject) => [1, 2, 4].map((width) => point(subject, connections(width), { width, examples: 8 }))),
};

/**
 * Cost against what it should be linear in.
 * @returns per series its points: subject, x, the summary of the times in milliseconds, memory in bytes
 */
export async function linearity({ runs, quick, log }) {
  const batch = await readBatch(mostImages);
  const record = {};
  for (const [name, points] of Object.entries(series)) {
    record[name] = [];
    for (const one of quick ? points.filter(({ kind }) => kind === 'fc').slice(0, 3) : points) {
      const images = rowsOf(batch, [...Array(one.examples).keys()]);
      const x = one.x ?? openInputs(images, one.epsilon, one.steps);
      const measured = await timed(one, images, quick ? { runs: 1, warmUp: 0 } : { runs, warmUp: 300 });
      record[name].push({ subject: one.subject, x, ...measured });
      log(`${name}: ${one.subject}, ${x}: ${milliseconds(measured.median)} ms`);
    }
  }
  return record;
}

async function timed({ kind, input, width, steps, epsilon }, images, { runs, warmUp }) {
  const engine = await createEngine();
  const described = inputs[input](shape, { steps });
  const model = engine.createModel(kind === 'fc' ? paper.fc({ input: described }) : wide(width, described), {
    seed: 1,
  });
  const source = repeated(images, 1);
  const run = async (count) => {
    const taken = [];
    while (taken.length < count) {
      const start = performance.now();
      await certify(engine, model, source, { region: linf(epsilon), steps, seed: 1, batchSize: images.samples.length });
      taken.push(performance.now() - start);
    }
    return taken;
  };
  const settings = { runs, fill: 0, warmUp: { runs: 1, milliseconds: warmUp } };
  const times = await measure([{ label: '', run }], settings);
  const memory = Math.max(...engine.memory().workers);
  await engine.dispose();
  return { ...summary(times.get('')), memory };
}

/**
 * Expected number of inputs per image that may or may not spike: of each pixel and step the share of draws in [0, 1)
 * between x - epsilon and x + epsilon.
 */
function openInputs({ images, samples }, epsilon, steps) {
  const share = (x) => Math.min(1, x + epsilon) - Math.max(0, x - epsilon);
  return Math.round((steps * images.reduce((sum, x) => sum + share(x), 0)) / samples.length);
}

/** The same as tables: `growth` is the exponent between a point and the one before, 1 where the cost is linear. */
export function linearityLines(record) {
  const rows = [['cost against', 'x', 'ms', 'growth', 'MiB']];
  for (const [name, points] of Object.entries(record)) {
    points.forEach((one, index) => {
      const before = points[index - 1];
      const grown = before?.subject === one.subject && before.x < one.x;
      const growth = grown ? (Math.log(one.median / before.median) / Math.log(one.x / before.x)).toFixed(2) : '';
      rows.push([
        `${name}, ${one.subject}`,
        String(one.x),
        milliseconds(one.median),
        growth,
        mebibytes(one.memory).replace(' MiB', ''),
      ]);
    });
  }
  return columns(rows);
}
