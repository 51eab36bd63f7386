import { trainingPlots } from '../figures/training.js';
import type { Group } from '../groups.js';
import { figureOf, type Section, type Writer } from '../page/blocks.js';
import { markup, type Markup } from '../page/markup.js';

/** The curves of every training. */
export async function training(writer: Writer, groups: readonly Group[]): Promise<Section | undefined> {
  const figures: Markup[] = [];
  for (const group of groups) {
    for (const member of group.members) {
      const { history, record, key } = member.unit;
      if (history === undefined || history.epochs.length === 0) continue;
      const plots = trainingPlots(writer.id(`training ${key}`), member, history.epochs).map((plot) => ({
        plot,
        heading: plot.title.replace(/ while training.*/s, ''),
      }));
      const start =
        history.start === null ? '' : ` It began with ${history.start.epochs.length} epochs of natural training.`;
      const kept = record.training?.kept === 'best' ? ' The weights of the best validation were kept.' : '';
      figures.push(
        await figureOf(writer, plots, {
          caption: markup`${group.title}, <strong>${member.label}</strong>: ${history.epochs.length} epochs,
            ${Math.round(history.seconds)} seconds. Losses and training errors are means over an epoch, while weights
            changed.${start}${kept}`,
        }),
      );
    }
  }
  if (figures.length === 0) return undefined;
  return { id: writer.id('training'), title: 'Training', body: figures };
}
