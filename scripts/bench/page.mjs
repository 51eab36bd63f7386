import { markdown, mebibytes, milliseconds, ratio } from './columns.mjs';
import { fastest } from './record.mjs';
import { authors, target } from './targets.mjs';
import { names } from './workloads.mjs';

/** Headings of the ratio tables, in the order of the workloads. */
const headings = [
  'inference',
  'natural step',
  'S-IBP step',
  'S-CROWN step',
  'fused S-CROWN step*',
  'S-IBP eval',
  'S-CROWN eval',
];
const places = ['fc/rate', 'fc/direct', 'conv/rate', 'conv/direct'];
const spoken = (place) => place.replace('/', ' ').replace(/^\w+/, (network) => network.toUpperCase());

/** docs/performance.md of a record. `notes`: what a person wrote between its marks, which stays. */
export function page(record, notes) {
  const { machine, versions, weights, batch } = record;
  return [
    '# Performance',
    '',
    'Written by `npm run bench -- --document FILE` from [performance.json](performance.json); only the notes are by hand.',
    '',
    `Measured on ${machine.processor}, ${machine.cores} cores, ${machine.memory}, ${machine.system}, Node ${machine.node} (V8 ${machine.v8}).`,
    `Core ${versions.core} (commit ${versions.commit}${versions.changed ? ' with changes' : ''}, ${versions.rust}), ${(versions.coreBytesGzipped / 1000).toFixed(1)} kB gzipped.`,
    ...peerLines(record),
    '',
    `Batches of ${batch} images of MNIST's test set, T = 10, T' = 3 for the bounds of a step, epsilon 0.06 with rate and 0.1 with`,
    "direct input; the paper's networks with rate readout. A step is forward, backward and an update by Adam. Evaluations bound",
    `outward: their certificates hold for the arithmetic that runs. Weights: ${weights}.`,
    ...errorLines(record),
    'Every workload was checked against a naive f64 oracle before it was timed, and every run gave the same bits.',
    '',
    ...ratioSections(record),
    ...peerSection(record),
    '## All times',
    '',
    'Medians in milliseconds; spread is the distance of the quartiles, in per cent of the median.',
    '',
    ...markdown(timeRows(record)),
    '',
    ...profileSection(record),
    ...edgeSection(record),
    ...linearitySection(record),
    '## Notes',
    '',
    `<!-- notes: begin -->${notes}<!-- notes: end -->`,
    '',
    '## How to repeat it',
    '',
    '```sh',
    'npm run bench -- --json bench.json --peers              # everything, PyTorch in turn with ours; --resume goes on with it',
    'npm run bench -- --json bench.json --resume --profile --only trained',
    'npm run bench -- --json bench.json --resume --linearity --edge',
    'npm run bench -- --compare bench.json --only s-crown-eval',
    'npm run bench -- --instructions                         # against the counts in crates/snn-core/examples/kernels.json',
    'npm run bench -- --document bench.json',
    '```',
    '',
  ].join('\n');
}

/** What the trained networks are worth. */
function errorLines({ errors = {} }) {
  const percent = (share) => `${(100 * share).toFixed(1)} %`;
  const words = Object.entries(errors).map(
    ([place, { cleanError, certifiedError }]) =>
      `${spoken(place)} ${percent(cleanError)} and ${percent(certifiedError)}`,
  );
  return words.length === 0
    ? []
    : [`Errors of the trained ones on 1000 test images, clean and certified: ${words.join(', ')}.`];
}

function peerLines({ peers = [] }) {
  return peers.map(({ name, versions, gemm, gemmAll }) => {
    const all = Object.entries(versions).map(([what, version]) => `${what} ${version}`);
    const rates = [gemm, gemmAll].filter((rate) => rate !== undefined).map((rate) => `${rate.toFixed(0)} GFLOP/s`);
    const speed = rates.length === 0 ? '' : `; it multiplies matrices at ${rates.join(' on one thread, ')} on all`;
    return `Peer ${name}: ${all.join(', ')}${speed}.`;
  });
}

/** The tables that matter: how many times PyTorch's time ours is. */
function ratioSections(record) {
  const compared = record.results.filter(({ peers }) => peers.pytorch !== undefined);
  const states = ['trained', 'fresh'].filter((weights) => compared.some(({ id }) => id.endsWith(weights)));
  return states.flatMap((weights) => [
    `## PyTorch's time divided by ours, ${weights} weights`,
    '',
    ...markdown(ratioRows(record, weights)),
    '',
    weights === 'trained'
      ? `${record.machine.cores} workers against ${record.machine.cores} threads; a target that is missed is in brackets. * against PyTorch's nine rows.`
      : `* against PyTorch's nine rows.`,
    '',
  ]);
}

function ratioRows({ results }, weights) {
  const byId = new Map(results.map((result) => [result.id, result]));
  const cell = (place, name) => {
    const result = byId.get(`${name}/${place}/${weights}`);
    if (result?.peers.pytorch === undefined) return '-';
    const reached = result.peers.pytorch.median / fastest(result).median;
    const aim = target(result.id);
    return aim !== undefined && reached < aim ? `${ratio(reached)} (${aim})` : ratio(reached);
  };
  return [['', ...headings], ...places.map((place) => [spoken(place), ...names.map((name) => cell(place, name))])];
}

/** Whether the peer is a fair one: its times against those of the authors' code, scaled to this machine. */
function peerSection({ peers = [], results }) {
  const { gemm } = peers.find(({ name }) => name === 'pytorch') ?? {};
  if (gemm === undefined) return [];
  const row = (network, name) => {
    const expected = (authors[network][name] * authors.gemm) / gemm;
    const median = (input) => {
      const result = results.find(({ id }) => id === `${name}/${network}/${input}/trained`);
      return result?.peers.pytorch?.median;
    };
    const cells = ['rate', 'direct'].map((input) => {
      const measured = median(input);
      return measured === undefined ? '-' : `${milliseconds(measured)} (${ratio(measured / expected)})`;
    });
    return [`${network.toUpperCase()} ${name}`, milliseconds(expected), ...cells];
  };
  const rows = ['fc', 'conv'].flatMap((network) => Object.keys(authors[network]).map((name) => row(network, name)));
  return [
    '## Is the peer a good one?',
    '',
    `What the authors' code took in PyTorch where matrices were multiplied at ${authors.gemm} GFLOP/s per thread, scaled to the ${gemm.toFixed(0)} of`,
    "this machine, and what ours in PyTorch took here; in brackets its share of the authors' time. Milliseconds.",
    '',
    ...markdown([['', "authors', scaled", 'rate', 'direct'], ...rows]),
    '',
  ];
}

/** The README's table: ratios on trained weights, or times where no peer ran. */
export function readmeTable(record) {
  const hasPeer = record.results.some(({ peers }) => peers.pytorch !== undefined);
  if (hasPeer) return markdown(ratioRows(record, 'trained')).join('\n');
  const byId = new Map(record.results.map((result) => [result.id, result]));
  const cell = (place, name) => {
    const result = byId.get(`${name}/${place}/trained`);
    return result === undefined ? '-' : `${milliseconds(fastest(result).median)} ms`;
  };
  const rows = places.map((place) => [spoken(place), ...names.map((name) => cell(place, name))]);
  return markdown([['', ...headings], ...rows]).join('\n');
}

function timeRows({ machine, results }) {
  const workers = [...new Set([1, machine.cores])];
  const peers = [...new Set(results.flatMap((result) => Object.keys(result.peers)))];
  const own = workers.map((count) => `${count} worker${count === 1 ? '' : 's'}`);
  const head = ['', ...own, 'spread', 'speed-up', 'images/s', 'memory per worker', ...peers];
  const rows = results.map(({ id, ours, peers: others }) => {
    const times = workers.map((count) => ours[count]);
    const best = times[times.length - 1];
    const spread = (100 * (best.upperQuartile - best.lowerQuartile)) / best.median;
    return [
      id,
      ...times.map(({ median }) => milliseconds(median)),
      `${spread.toFixed(0)} %`,
      ratio(times[0].median / best.median),
      best.imagesPerSecond.toFixed(0),
      mebibytes(best.memory),
      ...peers.map((name) => (others[name] === undefined ? '' : milliseconds(others[name].median))),
    ];
  });
  return [head, ...rows];
}

function profileSection({ profiles = [], ceilings }) {
  if (profiles.length === 0) return [];
  const kinds = [...new Set(profiles.flatMap(({ shares }) => Object.keys(shares)))];
  const percent = (share = 0) => (share < 0.0005 ? '' : (100 * share).toFixed(1));
  const rows = profiles.map(({ id, shares, rates }) => [
    id,
    ...kinds.map((kind) => percent(shares[kind])),
    rates.events.toFixed(1),
    rates.dense.toFixed(0),
  ]);
  return [
    '## Where the time goes',
    '',
    "Per cent of the workers' time. Additions: those the way forward needs, in G/s per thread of its time",
    `(the ceiling, measured in the same run on one thread: ${ceilings.events.toFixed(1)}). Dense: GFLOP/s per thread that dense arithmetic would need`,
    `to be as fast (ceiling: ${ceilings.dense.toFixed(0)}).`,
    '',
    ...markdown([['', ...kinds, 'additions', 'dense'], ...rows]),
    '',
  ];
}

function edgeSection({ edge }) {
  if (edge === undefined) return [];
  const row = (name, { median, lowerQuartile, upperQuartile }) => [
    name,
    `${milliseconds(median)} ms`,
    `${milliseconds(lowerQuartile)} to ${milliseconds(upperQuartile)}`,
  ];
  return [
    '## Start and latency',
    '',
    ...markdown([
      ['', 'median', 'quartiles'],
      row('`createEngine` with two workers', edge.engine),
      row('the same since the process began', edge.process),
      ...Object.entries(edge.latency).map(([name, times]) => row(`one image: ${name}`, times)),
    ]),
    '',
    'One image: its prediction and S-IBP certificate together, after warm-up.',
    '',
  ];
}

function linearitySection({ linearity }) {
  if (linearity === undefined) return [];
  const rows = Object.entries(linearity).flatMap(([name, points]) =>
    points.map(({ subject, x, median, memory }) => [name, subject, String(x), milliseconds(median), mebibytes(memory)]),
  );
  return [
    '## Cost grows linearly',
    '',
    'S-CROWN certificates on freshly initialised networks, all workers. The dashed lines are exactly linear.',
    '',
    '![Time against time steps, images, open inputs and connections, on logarithmic axes.](performance.svg)',
    '',
    ...markdown([['cost against', 'network', '', 'ms', 'memory per worker'], ...rows]),
    '',
  ];
}
