import { Command } from 'commander';
import type { Call } from '../call.js';
import { CliError } from '../failure.js';
import { checkTarget, print, printJson, say } from '../output.js';
import { writeReport } from '../report/write.js';
import { status } from '../status.js';

const examples = `
Examples:
  certispike report runs/start --out report.html
  certispike report runs/mnist runs/fashion-mnist --out report.html
  certispike report runs/start --csv results.csv --latex results.tex
  certispike report runs/start --markdown -`;

interface Options {
  readonly out?: string;
  readonly csv?: string;
  readonly markdown?: string;
  readonly latex?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** `certispike report`: one page about runs, to be put beside a paper. */
export function reportCommand(call: Call): Command {
  return new Command('report')
    .description(
      'Write one self-contained HTML page about the runs of reproduce or start: tables with intervals, training, margins, ' +
        'attacks, images and their spikes, energy, and all that is needed to repeat them.',
    )
    .argument('<run...>', 'folders of runs that belong together')
    .addHelpText('after', examples)
    .option('--out <file>', 'write the page into this file')
    .option('--csv <file>', 'write the table as comma-separated values; - is stdout')
    .option('--markdown <file>', 'write the table in Markdown; - is stdout')
    .option('--latex <file>', 'write the table for LaTeX with booktabs; - is stdout')
    .option('--json', 'print one JSON object on one line of stdout')
    .option('--quiet', 'say nothing but errors')
    .action(async (folders: string[], options: Options) => {
      await report(folders, options);
      call.finish(status.ok);
    });
}

async function report(folders: readonly string[], options: Options): Promise<void> {
  const { out, csv, markdown, latex } = options;
  const targets = Object.entries({ out, csv, markdown, latex }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  if (targets.length === 0) {
    throw new CliError(
      'missing-field',
      'out: expected a file, as in --out report.html, or a form of the table, got nothing',
    );
  }
  const printed = targets.filter(([, path]) => path === '-').map(([field]) => field);
  if (printed.includes('out') || printed.length + Number(options.json === true) > 1) {
    const other = printed.includes('out') ? 'a file for the page' : 'one thing on stdout';
    throw new CliError(
      'bad-value',
      `${printed[0] ?? 'out'}: expected ${other}, got -${printed.length > 1 ? ` for ${printed.join(' and ')}` : ''}`,
    );
  }
  for (const [field, path] of targets) if (path !== '-') await checkTarget(field, path);
  const record = await writeReport(folders, out, { csv, markdown, latex });
  if (options.json === true) await printJson(record);
  else if (printed.length === 0) await print(record.files.join('\n'));
  if (record.quick && options.quiet !== true)
    say('certispike: a quick run, marked as such: its numbers are not those of the full experiment');
}
