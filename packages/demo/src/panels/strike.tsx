import { useSignal } from '@preact/signals';
import type { Session } from '../session.js';
import { Picture } from './picture.js';

/** The other side of a certificate: somebody who tries. */
export function Strike({ session }: { session: Session }) {
  const running = useSignal(false);
  const attacked = session.attacked.value;
  const findings = session.findings.value;
  const subject = session.subject.value;
  const strike = async () => {
    running.value = true;
    await session.strike();
    running.value = false;
  };
  return (
    <section aria-labelledby="attack">
      <h2 id="attack">Attack</h2>
      <p class="quiet">Gradients and random search look for an input of the region that is taken for another class.</p>
      <button
        type="button"
        data-testid="attack"
        disabled={running.value || findings === undefined}
        onClick={() => void strike()}
      >
        {running.value ? 'Attacking ...' : 'Attack this input'}
      </button>
      <div aria-live="polite" data-testid="attacked">
        {attacked !== undefined && (
          <>
            <p class={attacked.fooled ? 'bad' : 'good'}>
              {attacked.fooled
                ? `Fooled: this one is taken for ${attacked.prediction ?? 'another class'}.`
                : `No attack succeeded in ${attacked.passes} tries${findings?.certified === true ? ', as the certificate says' : ''}.`}
            </p>
            {attacked.values !== undefined && subject !== undefined && (
              <div class="pair">
                <Before values={subject.values} kind={subject.kind} title="before" />
                <Before values={attacked.values} kind={subject.kind} title="after" />
              </div>
            )}
          </>
        )}
      </div>
    </section>
  );
}

/** An input as a picture; spikes are added up over time. */
function Before({ values, kind, title }: { values: Float32Array; kind: 'pixels' | 'spikes'; title: string }) {
  const width = kind === 'pixels' ? 28 : 34;
  const plane = width * width;
  const pixels = kind === 'pixels' ? values : summed(values, plane);
  return (
    <figure>
      <Picture pixels={pixels} width={width} alt={`the input ${title} the attack`} />
      <figcaption>{title}</figcaption>
    </figure>
  );
}

function summed(values: Float32Array, plane: number): Float32Array {
  const sums = new Float32Array(plane);
  values.forEach((value, index) => (sums[index % plane] = (sums[index % plane] ?? 0) + value));
  const most = Math.max(1, ...sums);
  return sums.map((sum) => sum / most);
}
