import type { Group, Member } from '../groups.js';
import { attackedResult, mainResult } from '../groups.js';
import { count } from '../numbers.js';
import { copyBlock, type Section, type Writer } from '../page/blocks.js';
import { markup, type Markup, type Part } from '../page/markup.js';
import { folderName, type Run } from '../read.js';

/** Everything needed to do it again: commands, seeds, configurations, versions. */
export function repeat({ id }: Writer, runs: readonly Run[], groups: readonly Group[]): Section {
  return {
    id: id('repeat'),
    title: 'How to repeat it',
    body: markup`<p>
        The same seed gives the same bits, whatever the number of workers. These commands make the runs again:
      </p>
      ${copyBlock([...new Set(runs.map(({ record }) => record.command))].join('\n'))}
      ${runs.map((run) => versionsOf(run, runs.length > 1))}
      <h3>Every network</h3>
      ${groups.map(({ title, members }) => markup`${members.map((member) => ofUnit(title, member))}`)}`,
  };
}

function versionsOf(run: Run, isOneOfSeveral: boolean): Markup {
  const { record } = run;
  const lines: readonly (readonly [string, Part])[] = [
    ...(isOneOfSeveral ? ([['run', `${record.title} (${folderName(run)})`]] as const) : []),
    ...Object.entries(record.versions).map(([name, version]) => [`version of ${name}`, version] as const),
    ['format', `${record.format}, version ${record.version}`],
  ];
  return markup`<dl>
    ${lines.map(
      ([name, value]) =>
        markup`<dt>${name}</dt>
          <dd>${value}</dd> `,
    )}
  </dl> `;
}

function ofUnit(title: string, { unit, label }: Member): Markup {
  const { record, results } = unit;
  const main = mainResult(unit).record;
  const attacked = attackedResult(unit).record;
  const lines: readonly (readonly [string, Part])[] = [
    ['unit', record.name],
    ['weights and biases', count(record.parameters)],
    ['seed of the training', record.seed],
    ['seed of the draws', [...new Set(results.map(({ record: { seed } }) => seed))].join(', ')],
    ...(attacked.attack === null ? [] : ([['seed of the attack', attacked.attack.attack_seed]] as const)),
    ['images', count(main.examples)],
    ...(record.recordings === null ? [] : ([['frames', JSON.stringify(record.recordings.framing)]] as const)),
    ...(record.training === null ? [] : ([['steps of the optimiser', count(record.training.steps)]] as const)),
  ];
  const commands = [
    record.command,
    ...results.flatMap(({ record: result }) => [
      result.command,
      ...(result.attack === null ? [] : [result.attack.command]),
    ]),
  ];
  return markup`<details>
    <summary>${title}: ${label}</summary>
    <dl>
      ${lines.map(
        ([name, value]) =>
          markup`<dt>${name}</dt>
            <dd>${value}</dd> `,
      )}
    </dl>
    <h4>Commands</h4>
    ${copyBlock([...new Set(commands)].join('\n'))}
    <h4>Configuration of the training</h4>
    ${copyBlock(JSON.stringify(record.recipe, undefined, 2))}
  </details> `;
}
