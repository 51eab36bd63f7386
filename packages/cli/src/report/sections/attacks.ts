import type { AttackStageRecord } from '../../reproduce/record.js';
import { attackedResult, type Group } from '../groups.js';
import { count, regionText } from '../numbers.js';
import { type Section, type TableColumn, tableOf, type Writer } from '../page/blocks.js';
import { markup } from '../page/markup.js';

/** What was attacked with what, and with what success. */
export function attacks(writer: Writer, groups: readonly Group[]): Section | undefined {
  const all = groups.map(({ title, members }) => {
    const attacked = members.flatMap(({ unit, label }) => {
      const { attack, region } = attackedResult(unit).record;
      return attack === null ? [] : [{ attack, label, region }];
    });
    return { title, attacked };
  });
  const known = all.filter(({ attacked }) => attacked.length > 0);
  const [first] = known[0]?.attacked ?? [];
  if (first === undefined) return undefined;
  const columns: TableColumn<AttackStageRecord>[] = [
    { title: 'stage', cell: ({ name }) => name },
    { title: 'iterations', isNumber: true, cell: ({ iterations }) => count(iterations) },
    { title: 'runs', isNumber: true, cell: ({ restarts }) => count(restarts) },
    { title: 'tried', isNumber: true, cell: ({ tried }) => count(tried) },
    { title: 'fooled', isNumber: true, cell: ({ fooled }) => count(fooled) },
    { title: 'gradient zero', isNumber: true, cell: ({ zero_gradients }) => count(zero_gradients) },
    { title: 'forward passes', isNumber: true, cell: ({ passes }) => count(passes) },
    { title: 'seconds', isNumber: true, cell: ({ seconds }) => seconds.toFixed(1) },
  ];
  const networks = known.flatMap(({ title, attacked }) =>
    attacked.map(({ attack, label }) => ({ title: `${title}: ${label}`, rows: attack.stages })),
  );
  const blind = networks.flatMap(({ rows }) => rows).reduce((sum, stage) => sum + stage.zero_gradients, 0);
  const probes = known.flatMap(({ attacked }) => attacked.map(({ attack }) => attack.probed_certified));
  const probed = probes.reduce((sum, value) => sum + value, 0);
  const partial = known.flatMap(({ attacked }) => attacked.filter(({ attack }) => attack.tried < attack.candidates));
  return {
    id: writer.id('attacks'),
    title: 'Attacks',
    body: markup`<p>
        Attacks go from cheap to strong
        (${[...new Set(known.flatMap(({ attacked }) => attacked.map(({ attack }) => attack.attack)))].join(', ')}) and
        leave an image at the first success. They know the network and the draws. A success counts only when the
        right class does not come out strictly first in a plain forward pass, and the input belongs to the region
        (${[...new Set(known.flatMap(({ attacked }) => attacked.map(({ region }) => regionText(region))))].join('; ')}).
        Where the gradient is zero everywhere, a method of gradients says nothing: such images are counted, and stages
        without gradients try them again.
        ${blind === 0 ? 'Here there were none.' : `Here that was so ${count(blind)} times, once per image and stage.`}
      </p>
      <p>
        ${
          probed > 0 &&
          `As a probe of the proofs, ${count(probed)} certified images were attacked as well: none was fooled. `
        }${
          partial.length > 0 &&
          `Not all images without a certificate were attacked (${partial.map(({ label, attack }) => `${label}: ${count(attack.tried)} of ${count(attack.candidates)}`).join('; ')}); the others count as not fooled.`
        }
      </p>
      ${tableOf(writer, markup`The stages of the attacks: iterations of a run and runs, images tried, answers changed, images whose gradient was zero everywhere, and the work.`, columns, networks)}`,
  };
}
