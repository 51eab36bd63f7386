import { Bar, extentOf, zero } from './bar.js';

interface Props {
  readonly prediction: number;
  /** Rivals in ascending order without the prediction. */
  readonly sIbp: Float32Array;
  readonly sCrown: Float32Array;
}

/** The number that a bar stands for, in words. */
const spoken = (margin: number) => (Number.isFinite(margin) ? margin.toFixed(3) : 'unknown');

/** Per rival class, how much of the margin is proved to be left; above zero for all of them is a certificate. */
export function Margins({ prediction, sIbp, sCrown }: Props) {
  const rivals = Array.from({ length: sIbp.length }, (_, index) => index + Number(index >= prediction));
  const extent = extentOf([...sIbp, ...sCrown]);
  return (
    <table style={zero(extent)}>
      <caption>
        Margin of {prediction} over every other class that is proved to be left: <b class="s-ibp">S-IBP</b> and{' '}
        <b class="s-crown">S-CROWN</b>
      </caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">rival</th>
          <th scope="col">S-IBP</th>
          <th scope="col">S-CROWN</th>
          <th scope="col">as bars</th>
        </tr>
      </thead>
      <tbody>
        {rivals.map((rival, index) => {
          const pair = [
            ['s-ibp', sIbp[index] ?? Number.NaN],
            ['s-crown', sCrown[index] ?? Number.NaN],
          ] as const;
          const holds = pair.some(([, margin]) => Number.isFinite(margin) && margin > 0);
          return (
            <tr key={rival} class={holds ? 'holds' : 'fails'}>
              <th scope="row">{rival}</th>
              {pair.map(([name, margin]) => (
                <td key={name} class="number">
                  {spoken(margin)}
                </td>
              ))}
              <td class="bars" aria-hidden="true">
                {pair.map(([name, margin]) => (
                  <Bar key={name} name={name} value={margin} extent={extent} />
                ))}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
