import { differencePicture, inputPicture, type Picture, type Raster, rasters } from '../examples/pictures.js';
import type { Exhibit, Exhibits } from '../examples/record.js';
import { attackedResult, type Group, type Member } from '../groups.js';
import { count, figure, regionText } from '../numbers.js';
import type { Section, Writer } from '../page/blocks.js';
import { Markup, markup } from '../page/markup.js';

/** The most fragile and the most robust images of every network, with their spikes. */
export function examples(writer: Writer, groups: readonly Group[]): Section | undefined {
  const parts = groups.flatMap((group) =>
    group.members.flatMap((member) => {
      const { exhibits } = member.unit;
      return exhibits === undefined || exhibits.examples.length === 0
        ? []
        : [ofMember(writer, group, member, exhibits)];
    }),
  );
  if (parts.length === 0) return undefined;
  return {
    id: writer.id('images'),
    title: 'Fragile and robust images',
    body: markup`<p>
        For every network: the correctly classified images that an attack drove furthest into another class, and those
        with the largest proved margin, of different classes where that can be. Rasters show time to the right and
        neurons downward; of large layers several neurons share a row. Below each stand its layer
      and the number of its neurons.
      </p>
      ${parts}`,
  };
}

function ofMember({ numbering }: Writer, group: Group, member: Member, exhibits: Exhibits): Markup {
  const kinds = [
    { role: 'fragile', title: 'most fragile', what: 'the images that the attack drove furthest into another class' },
    { role: 'robust', title: 'most robust', what: 'the images with the largest lower bound of the margin' },
  ] as const;
  return markup`<h3>${group.title}: ${member.label}</h3>
    ${kinds.map(({ role, title, what }) => {
      const own = exhibits.examples.filter((exhibit) => exhibit.role === role);
      if (own.length === 0) return role === 'fragile' && markup`<p>${nothingFragile(member)}</p> `;
      return markup`<figure>
        <ul class="exhibits">
          ${own.map((exhibit) => exhibitMarkup(exhibits, exhibit, attackedResult(member.unit).record.attack !== null))}
        </ul>
        <figcaption>
          <span class="label">${numbering.figure()}.</span> ${group.title}, ${member.label}, <strong>${title}</strong>:
          ${what} (${regionText(exhibits.region)}). ${legend(role === 'fragile')}
        </figcaption>
      </figure> `;
    })}`;
}

/** Why there is no fragile image: an attack that was not made proves nothing. */
function nothingFragile({ unit }: Member): string {
  const { record, examples } = attackedResult(unit);
  if (record.attack === null || examples.fooled === null) return 'This network was not attacked.';
  return examples.fooled.some((fooled) => fooled === 1)
    ? 'No adversarial example of this network was kept.'
    : 'The attack changed no answer of this network.';
}

function legend(isAttacked: boolean): Markup {
  if (!isAttacked) return markup`Spikes are grey.`;
  return markup`In differences and rasters,
    <span class="keys"
      >${key('#de522e')}what the attack adds, ${key('#387ccd')}what it takes away, ${key('#80868e')}what stays</span
    >.`;
}

function key(colour: string): Markup {
  return new Markup(
    `<svg viewBox="0 0 8 8" width="9" height="9" aria-hidden="true" class="swatch"><rect width="8" height="8" fill="${colour}"/></svg> `,
  );
}

function exhibitMarkup(exhibits: Exhibits, exhibit: Exhibit, wasAttacked: boolean): Markup {
  const { sample, label, clean, adversarial, certified, fooled, margin, attack_margin } = exhibit;
  const images = [
    {
      picture: inputPicture(exhibits, clean),
      text: `clean: ${clean.prediction}`,
      words: `image ${sample}, a ${label}`,
    },
    ...(adversarial === null
      ? []
      : [
          {
            picture: inputPicture(exhibits, adversarial),
            text: `attacked: ${adversarial.prediction}`,
            words: `image ${sample} attacked, taken for a ${adversarial.prediction}`,
          },
          {
            picture: differencePicture(exhibits, clean, adversarial),
            text: 'difference',
            words: `what the attack changes of image ${sample}`,
            isDifference: true,
          },
        ]),
  ];
  const drawn = rasters(exhibits, clean, adversarial);
  const verdict = fooled
    ? `fooled, taken for a ${adversarial?.prediction ?? '?'}; margin under attack ${figure(attack_margin)}`
    : certified
      ? `proved: no perturbation of the region changes the answer; margin at least ${figure(margin)}`
      : `${wasAttacked ? 'neither fooled nor proved' : 'not proved, not attacked'}; lower bound of the margin ${figure(margin)}`;
  return markup`<li class="exhibit">
    <h4>Image ${sample}, class ${label}</h4>
    <p>${verdict}</p>
    <div class="images">
      ${images.map(
        ({ picture, text, words, isDifference }: (typeof images)[number] & { isDifference?: boolean }) =>
          markup`<figure>
            ${image(picture, words, isDifference === true ? 'difference' : '')}
            <figcaption>${text}</figcaption>
          </figure>`,
      )}
    </div>
    ${
      drawn.length > 0 &&
      markup`<div class="rasters">
        ${rasterGroup(drawn, 'before', adversarial === null ? 'spikes' : 'spikes before the attack')}${
          adversarial !== null && rasterGroup(drawn, 'after', 'spikes after it')
        }
      </div>`
    }
  </li> `;
}

function rasterGroup(all: readonly Raster[], side: 'before' | 'after', title: string): Markup {
  return markup`<figure>
    <div class="layers">
      ${all.map(({ name, neurons, counts, ...pictures }) => {
        const only = side === 'before' ? `${counts.lost} of them lost` : `${counts.gained} of them new`;
        const words = `${title}, ${name}: ${counts[side]} spikes, ${only}`;
        return markup`<span class="layer"
          >${image(pictures[side], words, '')}${layerName(name)}<br />${count(neurons)}</span
        >`;
      })}
    </div>
    <figcaption>${title}</figcaption>
  </figure>`;
}

/** Short enough to stand below a raster. */
const layerName = (name: string) => name.split(',')[0]?.replace(/ \d+$/, '') ?? name;

function image({ address, width, height }: Picture, words: string, name: string): Markup {
  const marked = name === '' ? '' : ` class="${name}"`;
  return markup`<img${new Markup(marked)}
    src="${address}"
    width="${width}"
    height="${height}"
    alt="${words}"
  ></img${new Markup(marked)}>`;
}
