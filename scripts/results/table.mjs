const percent = (share) => (100 * share).toFixed(share !== null && share < 0.0995 ? 2 : 1);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

const networks = { fc: 'FC', conv: 'CONV' };
const data = { mnist: 'MNIST', 'fashion-mnist': 'Fashion-MNIST', nmnist: 'N-MNIST' };

/** Rows of the table: seeds of the draws and folds of one variant come together. */
export function rowsOf(entries) {
  const groups = new Map();
  for (const entry of entries) {
    const key = `${entry.row}.${entry.variant}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()].map(rowOf);
}

function rowOf(entries) {
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
    attackedExamples: perSeed.find(({ attackedExamples }) => attackedExamples > 0)?.attackedExamples ?? 0,
    clean: of('clean_error'),
    attacked: of('attacked_error'),
    certified: of('certified_error'),
    sIbp: of('s_ibp_error'),
    sCrown: of('s_crown_error'),
  };
}

function pooled(entries) {
  const examples = entries.reduce((sum, entry) => sum + entry.examples, 0);
  const share = (field) =>
    entries.some((entry) => entry[field] === null)
      ? null
      : entries.reduce((sum, entry) => sum + entry[field] * entry.examples, 0) / examples;
  const fields = ['clean_error', 'attacked_error', 'certified_error', 's_ibp_error', 's_crown_error'];
  return {
    ...Object.fromEntries(fields.map((field) => [field, share(field)])),
    examples,
    attackedExamples: entries.reduce((sum, { attack }) => sum + (attack?.examples ?? 0), 0),
  };
}

/** A mean, and from where to where it went over the seeds. */
function cell(value) {
  if (value === null) return '-';
  const [from, to] = [percent(value.from), percent(value.to)];
  return from === to ? percent(value.mean) : `${percent(value.mean)} (${from}-${to})`;
}

const columns = [
  ['network, data', (row) => `${networks[row.network]}, ${data[row.data] ?? row.data}, ${row.input}`],
  ['region', ({ region }) => region],
  ['training', ({ title }) => title.split(', ').at(-1)],
  ['readout, T', ({ readout, steps }) => `${readout}, ${steps}`],
  ['clean', ({ clean }) => cell(clean), 'right'],
  ['attacked', attackedCell, 'right'],
  ['certified', ({ certified }) => cell(certified), 'right'],
  ['S-IBP', ({ sIbp }) => cell(sIbp), 'right'],
  ['S-CROWN', ({ sCrown }) => cell(sCrown), 'right'],
];

function attackedCell({ attacked, attackedExamples, examples }) {
  return attackedExamples > 0 && attackedExamples < examples ? `${cell(attacked)} *` : cell(attacked);
}

/** The README's table: errors in per cent, the mean over the seeds of the draws and its range. */
export function table(entries) {
  const rows = rowsOf(entries);
  const lines = [
    columns.map(([title]) => title),
    columns.map(([, , align]) => (align === 'right' ? '---:' : '---')),
    ...rows.map((row) => columns.map(([, text]) => text(row))),
  ].map((cells) => `| ${cells.join(' | ')} |`);
  return [lines.join('\n'), '', notes(rows)].join('\n');
}

function notes(rows) {
  const counts = [...new Set(rows.map(({ examples }) => examples))].sort((a, b) => b - a);
  const seeds = [...new Set(rows.flatMap((row) => row.seeds))];
  const parts = rows.filter(({ attackedExamples, examples }) => attackedExamples > 0 && attackedExamples < examples);
  const attackedCounts = [...new Set(parts.map(({ attackedExamples }) => attackedExamples))].join(' or ');
  const folded = rows.find(({ folds }) => folds > 0);
  return [
    `Errors in per cent, strict: mean over the draws of the seeds ${seeds.join(', ')}, and from where to where it went.`,
    `Test examples: ${counts.map((count) => count.toLocaleString('en')).join(' or ')}.`,
    ...(parts.length === 0 ? [] : [`* attacked on the first ${attackedCounts} of them.`]),
    ...(folded === undefined
      ? []
      : [`N-MNIST: ${folded.folds} folds of the real recordings, ${framing(folded)}; every recording is tested once.`]),
  ].join(' ');
}

function framing({ framing: found }) {
  if (found === null) return 'as given';
  return found.bins === undefined ? `bins of ${found.width} µs` : `${found.bins} bins of equal time`;
}

/** What training for certificates buys: attack error of the natural network against that of the robust ones. */
export function headlines(entries) {
  const rows = rowsOf(entries);
  const pairs = rows
    .filter(({ method, attacked }) => method !== 'natural' && attacked !== null)
    .flatMap((robust) => {
      const natural = rows.find(({ method, row, attacked }) => {
        return method === 'natural' && row === robust.row && attacked !== null;
      });
      return natural === undefined ? [] : [{ natural, robust }];
    });
  const lines = [
    ['network, data', 'region', 'training', 'attack error, natural', 'robust', 'points less', 'for points of accuracy'],
    ['---', '---', '---', '---:', '---:', '---:', '---:'],
    ...pairs.map(({ natural, robust }) => [
      columns[0][1](robust),
      robust.region,
      `${columns[2][1](robust)}, ${robust.readout}`,
      percent(natural.attacked.mean),
      percent(robust.attacked.mean),
      (100 * (natural.attacked.mean - robust.attacked.mean)).toFixed(1),
      (100 * (robust.clean.mean - natural.clean.mean)).toFixed(1),
    ]),
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
