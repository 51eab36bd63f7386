import type { HistoryRecord } from '../../reproduce/record.js';
import { trainingPlots } from '../figures/training.js';
import { type Group, type Member, methodName } from '../groups.js';
import { figureOf, type Section, type Writer } from '../page/blocks.js';
import { markup, type Markup } from '../page/markup.js';

/** The curves of every training, and of the certified one that it began with. */
export async function training(writer: Writer, groups: readonly Group[]): Promise<Section | undefined> {
  const figures: Markup[] = [];
  for (const group of groups) {
    for (const member of group.members) {
      const { history } = member.unit;
      if (history === undefined || history.epochs.length === 0) continue;
      const { start } = history;
      // A natural start has its curves where the natural network has its own.
      if (start !== null && start.recipe.method !== 'natural' && start.epochs.length > 0) {
        const label = `${member.label}, the training it began with`;
        figures.push(await curves(writer, group, member, { label, epochs: start.epochs, words: '.' }));
      }
      const own = { label: member.label, epochs: history.epochs, words: wordsOf(member, history) };
      figures.push(await curves(writer, group, member, own));
    }
  }
  if (figures.length === 0) return undefined;
  return { id: writer.id('training'), title: 'Training', body: figures };
}

function wordsOf({ unit: { record } }: Member, { seconds, start }: HistoryRecord): string {
  const began =
    start === null
      ? ''
      : ` It began with ${start.epochs.length} epochs of ${methodName(start.recipe.method)} training.`;
  const kept = record.training?.kept === 'best' ? ' The weights of the best validation were kept.' : '';
  return `, ${Math.round(seconds)} seconds in all.${began}${kept}`;
}

interface Curves {
  readonly label: string;
  readonly epochs: HistoryRecord['epochs'];
  /** What follows the number of its epochs. */
  readonly words: string;
}

function curves(writer: Writer, group: Group, { unit }: Member, { label, epochs, words }: Curves): Promise<Markup> {
  const id = writer.id(`training ${unit.key} ${label}`);
  const plots = trainingPlots(id, label, epochs).map((plot) => ({
    plot,
    heading: plot.title.replace(/ while training.*/s, ''),
  }));
  return figureOf(writer, plots, {
    caption: markup`${group.title}, <strong>${label}</strong>: ${epochs.length} epochs${words}
      Losses and training errors are means over an epoch, while weights changed.`,
  });
}
