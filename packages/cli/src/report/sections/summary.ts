import type { Comparison } from '../comparisons.js';
import { type Group, mainResult } from '../groups.js';
import { count, percentage, points, regionText } from '../numbers.js';
import type { Section, Writer } from '../page/blocks.js';
import { markup, type Part } from '../page/markup.js';

/** What the runs found, in a few sentences: for every group the robust network that gains most. */
export function summary({ id }: Writer, groups: readonly Group[], comparisons: readonly Comparison[]): Section {
  const sentences = groups.map((group) =>
    sentence(
      group,
      comparisons.filter((comparison) => comparison.group === group),
    ),
  );
  return {
    id: id('summary'),
    title: 'Summary',
    body: markup`<p class="lead">
        ${comparisons.length > 0 && 'One network is trained naturally, others so that they withstand perturbations. '}Every
        network answers the same images with the same draws. An attack shows how many answers can be changed, bounds
        prove how many cannot: clean error ≤ attacked error ≤ certified error, for every single image.
      </p>
      <ul class="prose">
        ${sentences.map((own) => markup`<li>${own}</li> `)}
      </ul> `,
  };
}

function sentence(group: Group, comparisons: readonly Comparison[]): Part {
  const gain = ({ changes }: Comparison) => (changes.attacked ?? changes.certified)?.value ?? -Infinity;
  const best = comparisons.reduce<Comparison | undefined>(
    (most, comparison) => (most === undefined || gain(comparison) > gain(most) ? comparison : most),
    undefined,
  );
  if (best === undefined) {
    const all = group.members.map(({ unit, label }) => {
      const { clean_error, attacked_error, certified_error, examples, region } = mainResult(unit).record;
      const parts = { clean: clean_error, attacked: attacked_error, certified: certified_error };
      const told = Object.entries(parts).flatMap(([name, error]) =>
        error === null ? [] : [`${percentage(error, examples)}\u00a0% ${name}`],
      );
      return `${label}: ${told.join(', ')} error at ${regionText(region)}`;
    });
    return markup`<strong>${group.title}.</strong> ${all.join('; ')}.`;
  }
  const { changes, natural, robust, region, steps } = best;
  const { clean, attacked, certified } = changes;
  const main = mainResult(robust.unit).record.examples;
  const fall = (name: string, change: NonNullable<typeof clean>) =>
    markup`the ${name} error goes from ${percentage(change.natural, change.examples)} to
      <strong>${percentage(change.robust, change.examples)}\u00a0%</strong>`;
  const onFewer = (change: NonNullable<typeof clean>) =>
    change.examples === main ? '' : ` (of the first ${count(change.examples)} images)`;
  return markup`<strong>${group.title}</strong> (${regionText(region)}, T = ${steps}), <em>${robust.label}</em> against
    <em>${natural.label}</em>: ${
      attacked !== null &&
      markup`${fall('attacked', attacked)},
        <strong>${spoken(attacked.value, attacked.examples)}</strong>${onFewer(attacked)}, and `
    }${certified !== null && markup`${fall('certified', certified)}${onFewer(certified)}`}${
      clean !== null && `, while the clean error changes by ${points(-clean.value, clean.examples)} points`
    }.`;
}

function spoken(value: number, examples: number): string {
  return `${percentage(Math.abs(value), examples)} points ${value < 0 ? 'more' : 'less'}`;
}
