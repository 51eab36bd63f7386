const percent = (share) => (100 * share).toFixed(share !== null && share < 0.1 ? 2 : 1);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const networks = { fc: 'FC', conv: 'CONV' };
const data = { mnist: 'MNIST', 'fashion-mnist': 'Fashion-MNIST', nmnist: 'N-MNIST' };

const isSame = (entry, other) => ['name', 'fold', 'seed'].every((field) => other[field] === entry[field]);

/** Of entries about the same network and draws those about most images, and those about fewest. */
const widest = (entries) =>
  entries.filter((entry) => !entries.some((other) => isSame(entry, other) && other.examples > entry.examples));
const narrowest = (entries) =>
  entries.filter((entry) => !entries.some((other) => isSame(entry, other) && other.examples < entry.examples));

/** Rows of the table: seeds of the draws and folds of one variant come together; of a kind the natural network first. */
export function rowsOf(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const key = `${entry.row}.${entry.variant}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  const rows = [...groups.values()].map(rowOf);
  const order = rows.map(({ row }) => row);
  const rank = ({ row, method }) => order.indexOf(row) + (method === 'natural' ? 0 : 0.5);
  return rows.sort((a, b) => rank(a) - rank(b));
}

function rowOf(all) {
  const entries = widest(all);
  const [first] = entries;
  const seeds = [...new Set(entries.map(({ seed }) => seed))];
  const folds = new Set(entries.map(({ fold }) => fold));
  // Folds of one seed are one set of examples.
  const perSeed = seeds.map((seed) => pooled(entries.filter((entry) => entry.seed === seed)));
  const of = (field) => {
    const values = perSeed.map((one) => one[field]).filter((value) => value !== null);
    return values.length === 0 ? null : { mean: mean(values), from: Math.min(...values), to: Math.max(...values) };
  };
  return {
    ...first,
    seeds,
    folds: first.fold === null ? 0 : folds.size,
    examples: perSeed[0].examples,
    attack: underAttack(all, widest),
    compared: underAttack(all, narrowest),
    clean: of('clean_error'),
    certified: of('certified_error'),
    sIbp: of('s_ibp_error'),
    sCrown: of('s_crown_error'),
  };
}

/** The images that were attacked, of the first seed that was: errors before, under and against all attacks. */
function underAttack(entries, choice) {
  const seed = entries.find(({ attack }) => attack !== null)?.seed;
  const parts = choice(entries.filter((entry) => entry.seed === seed && entry.attack !== null));
  if (parts.length === 0) return null;
  const { examples, clean_error, attacked_error, certified_error } = pooled(parts);
  const probed = parts.reduce((sum, { attack }) => sum + attack.probed_certified, 0);
  return { examples, probed, clean: clean_error, attacked: attacked_error, certified: certified_error };
}

function pooled(entries) {
  const examples = entries.reduce((sum, entry) => sum + entry.examples, 0);
  const share = (field) =>
    entries.some((entry) => entry[field] === null)
      ? null
      : entries.reduce((sum, entry) => sum + entry[field] * entry.examples, 0) / examples;
  const fields = ['clean_error', 'attacked_error', 'certified_error', 's_ibp_error', 's_crown_error'];
  return { ...Object.fromEntries(fields.map((field) => [field, share(field)])), examples };
}

/** A mean, and from where to where it went over the seeds. */
function cell(value) {
  if (value === null) return '-';
  const [from, to] = [percent(value.from), percent(value.to)];
  return from === to ? percent(value.mean) : `${percent(value.mean)} (${from}-${to})`;
}

const named = [
  ['network, data', (row) => `${networks[row.network]}, ${data[row.data] ?? row.data}, ${row.input}`],
  ['region', ({ region }) => region],
  ['training', ({ title }) => title.split(', ').at(-1)],
  ['readout, T', ({ readout, steps }) => `${readout}, ${steps}`],
];

const right = (title, text) => [title, text, 'right'];

const columns = [
  ...named,
  right('images', ({ examples }) => examples.toLocaleString('en')),
  right('clean', ({ clean }) => cell(clean)),
  right('certified', ({ certified }) => cell(certified)),
  right('S-IBP', ({ sIbp }) => cell(sIbp)),
  right('S-CROWN', ({ sCrown }) => cell(sCrown)),
];

function markdown(layout, rows) {
  const lines = [
    layout.map(([title]) => title),
    layout.map(([, , align]) => (align === 'right' ? '---:' : '---')),
    ...rows.map((row) => layout.map(([, text]) => text(row))),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** The README's table: errors in per cent, the mean over the seeds of the draws and its range. */
export function table(entries) {
  const rows = rowsOf(entries);
  return [markdown(columns, rows), '', notes(rows)].join('\n');
}

function notes(rows) {
  const seeds = [...new Set(rows.flatMap((row) => row.seeds))];
  const folded = rows.find(({ folds }) => folds > 0);
  return [
    `Errors in per cent, strict: mean over the draws of the seeds ${seeds.join(', ')}, and from where to where it went.`,
    ...(folded === undefined
      ? []
      : [`N-MNIST: ${folded.folds} folds of the real recordings, ${framing(folded)}; every recording is tested once.`]),
  ].join(' ');
}

function framing({ framing: found }) {
  if (found === null) return 'as given';
  return found.bins === undefined ? `bins of ${found.width} µs` : `${found.bins} bins of equal time`;
}

/** Rates under attack, for the same images, and how far the robust networks' are below the natural one's. */
export function headlines(entries) {
  const rows = rowsOf(entries).filter(({ attack }) => attack !== null);
  const naturalOf = ({ row }) => rows.find((other) => other.method === 'natural' && other.row === row);
  const less = (row, of) => {
    const natural = naturalOf(row);
    return row.method === 'natural' || natural === undefined ? '' : (100 * (of(natural) - of(row))).toFixed(1);
  };
  const isComparable = (row) => naturalOf(row)?.compared.examples === row.compared.examples;
  const layout = [
    ...named,
    right('images', ({ attack }) => attack.examples.toLocaleString('en')),
    right('clean', ({ attack }) => percent(attack.clean)),
    right('attacked', ({ attack }) => percent(attack.attacked)),
    right('certified', ({ attack }) => percent(attack.certified)),
    right('attacked less', (row) => (isComparable(row) ? less(row, ({ compared }) => compared.attacked) : '')),
    right('accuracy more', (row) => less(row, ({ clean }) => clean.mean)),
  ];
  const probed = rows.reduce((sum, { attack }) => sum + attack.probed, 0);
  return [
    markdown(layout, rows),
    '',
    'The first test images, seed 101: errors as they are, under the standard attack and by the best bound, in per cent; points ' +
      'against the natural network of the same kind (attacked: on the images where both were; accuracy: on all images). A ' +
      `probe of certified images was attacked as well, ${probed.toLocaleString('en')} in all: none was fooled.`,
  ].join('\n');
}
