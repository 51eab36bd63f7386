import { cumulative, histogram } from '../figures/margins.js';
import { attackedResult, type Group, mainResult } from '../groups.js';
import { looks, outcomesShown } from '../palette.js';
import { areaLegend, figureOf, lineLegend, type Section, type Writer } from '../page/blocks.js';
import { markup, type Markup } from '../page/markup.js';

/** How far from the boundary: distributions of the proved margins. */
export async function margins(writer: Writer, groups: readonly Group[]): Promise<Section | undefined> {
  const figures: Markup[] = [];
  for (const group of groups) {
    const members = group.members.filter(({ unit }) => {
      const known = (margin: number | null) => margin !== null;
      return mainResult(unit).examples.margin.some(known) && attackedResult(unit).examples.margin.some(known);
    });
    if (members.length === 0) continue;
    const histograms = members.map((member) => ({
      plot: histogram(writer.id(`margins ${member.unit.key}`), member),
      heading: member.label,
    }));
    const curves = members.map((member) => ({
      plot: cumulative(writer.id(`cumulated ${member.unit.key}`), member),
      heading: member.label,
    }));
    const wasAttacked = members.some(({ unit }) => attackedResult(unit).record.attack !== null);
    figures.push(
      await figureOf(writer, histograms, {
        legend: areaLegend(outcomesShown(wasAttacked)),
        caption: markup`${group.title}: the least margin to any rival class that is proved for an image (the better of
        both bounds), and what became of the image. Right of zero the answer is proved. The far ends are cut off at 0.2
        %.`,
      }),
      await figureOf(writer, curves, {
        legend: lineLegend(
          [looks.s_ibp, looks.s_crown, looks.best].map(({ label, colour, dash }) => ({ label, colour, dash })),
        ),
        caption: markup`${group.title}: share of the images whose proved margin is at most the value below, for each bound
        alone and for the better of both per rival class. Where a curve crosses zero is the certified error of that
        bound.`,
      }),
    );
  }
  if (figures.length === 0) return undefined;
  return { id: writer.id('margins'), title: 'Margins', body: figures };
}
