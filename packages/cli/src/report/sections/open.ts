import { heatMap, openOf } from '../figures/open.js';
import type { Group } from '../groups.js';
import { regionText } from '../numbers.js';
import { figureOf, type Section, type Writer } from '../page/blocks.js';
import { markup, type Markup } from '../page/markup.js';

/** Which layers and steps the bounds leave undecided. */
export async function openNeurons(writer: Writer, groups: readonly Group[]): Promise<Section | undefined> {
  const figures: Markup[] = [];
  for (const group of groups) {
    const found = group.members.flatMap((member) => {
      const own = openOf(member);
      return own === undefined ? [] : [{ member, ...own }];
    });
    const [first] = found;
    if (first === undefined) continue;
    const plots = found.map(({ member, open }) => ({
      plot: heatMap(writer.id(`open ${member.unit.key}`), member, open),
      heading: member.label,
    }));
    const caption = markup`${group.title}: share of the neurons of a layer, in per cent, that S-IBP leaves undecided at a
    time step (${regionText(first.region)}; mean of ${first.open.examples} images). Shades go up to the largest share of
    each network. Where neurons are open, bounds are loose; robust training closes them.`;
    figures.push(await figureOf(writer, plots, { caption }));
  }
  if (figures.length === 0) return undefined;
  return { id: writer.id('open-neurons'), title: 'Open neurons', body: figures };
}
