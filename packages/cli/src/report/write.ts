import { print, writeWhole } from '../output.js';
import { comparisons } from './comparisons.js';
import { groupsOf } from './groups.js';
import { documentOf } from './page/document.js';
import { type Section, writer } from './page/blocks.js';
import { markup } from './page/markup.js';
import { folderName, readRuns, type Run } from './read.js';
import { attacks } from './sections/attacks.js';
import { energy } from './sections/energy.js';
import { examples } from './sections/examples.js';
import { margins } from './sections/margins.js';
import { openNeurons } from './sections/open.js';
import { repeat } from './sections/repeat.js';
import { results } from './sections/results.js';
import { summary } from './sections/summary.js';
import { sweeps } from './sections/sweeps.js';
import { training } from './sections/training.js';
import { words } from './sections/words.js';
import { csv, latex, markdown, type Row, rowsOf } from './table.js';

/** Files for the table besides the page; `-` is standard output. */
export interface ReportOptions {
  readonly csv?: string | undefined;
  readonly markdown?: string | undefined;
  readonly latex?: string | undefined;
}

/** What a report was made of. */
export interface ReportRecord {
  readonly runs: readonly string[];
  /** Files that were written. */
  readonly files: readonly string[];
  readonly quick: boolean;
  readonly rows: readonly Row[];
}

/**
 * Writes one page of HTML about runs that belong together, whole or not at all, and the table in other forms.
 * @param folders of the runs
 * @param out file of the page; undefined for the table alone
 * @throws CliError naming the file and what is missing or does not fit: `no-run`, `damaged-run`, `unfinished-run`,
 *   `runs-differ`, `contradiction`; or a file that cannot be written
 */
export async function writeReport(
  folders: readonly string[],
  out: string | undefined,
  options: ReportOptions = {},
): Promise<ReportRecord> {
  const runs = await readRuns(folders);
  const rows = rowsOf(runs);
  const files: string[] = [];
  const write = async (field: string, path: string, content: string) => {
    if (path === '-') return print(content.trimEnd());
    await writeWhole(field, path, content);
    files.push(path);
  };
  if (out !== undefined) await write('out', out, await reportPage(runs));
  const tables = { csv, markdown, latex };
  for (const [form, text] of Object.entries(tables)) {
    const path = options[form as keyof typeof tables];
    if (path !== undefined) await write(form, path, text(rows));
  }
  return { runs: folders, files, quick: runs.some(({ record }) => record.quick), rows };
}

/** The page about runs. */
export async function reportPage(runs: readonly Run[]): Promise<string> {
  const groups = groupsOf(runs);
  const compared = comparisons(groups);
  const quick = runs.some(({ record }) => record.quick);
  const own = writer(quick);
  const found: (Section | undefined)[] = [
    summary(own, groups, compared),
    await results(own, groups, compared),
    await sweeps(own, groups),
    await margins(own, groups),
    attacks(own, groups),
    examples(own, groups),
    await training(own, groups),
    await openNeurons(own, groups),
    await energy(own, groups),
    words(own),
    repeat(own, runs, groups),
  ];
  const titles = [...new Set(runs.map(({ record }) => record.title))];
  const remarks = [...new Set(runs.flatMap(({ record }) => record.remarks))];
  const versions = [...new Set(runs.map(({ record }) => record.versions['certispike'] ?? 'unknown'))];
  return documentOf({
    title: `${titles.join('; ')}${quick ? ' (quick run)' : ''}`,
    kicker: `Robust spiking neural networks: report of ${runs.length === 1 ? 'a run' : `${runs.length} runs`} of certispike ${versions.join(', ')}`,
    notice: [
      quick &&
        markup`<p class="quick" role="note">
          <strong>Quick run.</strong> Small training, few images: to see that all works, not the results of the full
          experiment. ${remarks.join(' ')}
        </p> `,
      !quick && remarks.length > 0 && markup`<p class="terms">${remarks.join(' ')}</p> `,
      markup`<p class="terms">
        ${groups.length === 1 ? 'One group' : `${groups.length} groups`} of networks,
        ${groups.reduce((sum, { members }) => sum + members.length, 0)} in all. From ${runs.map(folderName).join(', ')}.
      </p> `,
    ],
    sections: found.filter((section) => section !== undefined),
    footer: markup`<p class="terms">
      Made by certispike ${versions.join(', ')}. The method follows Liang, Xu, Hu, Deng and Xie,
      <cite>Toward Robust Spiking Neural Network Against Adversarial Perturbation</cite>, NeurIPS 2022, arXiv
      2205.01625.${quick && ' Quick run.'}
    </p> `,
  });
}
