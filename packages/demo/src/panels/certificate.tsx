import type { Session } from '../session.js';
import { scaleOf } from '../region.js';
import { Margins } from './margins.js';

/** The prediction, whether it is proved, and how far the proof reaches. */
export function Certificate({ session }: { session: Session }) {
  const findings = session.findings.value;
  const scale = scaleOf(session.subject.value?.kind ?? 'pixels');
  const size = session.size.value;
  return (
    <section aria-labelledby="certificate" class="double">
      <h2 id="certificate">Prediction and certificate</h2>
      {session.subject.value !== undefined && <p class="quiet">Shown: {session.subject.value.name}.</p>}
      <div class="verdict" aria-live="polite" aria-busy={session.busy.value}>
        {findings === undefined ? (
          <p class="quiet">Nothing to certify yet.</p>
        ) : (
          <>
            <p class="prediction" data-testid="prediction">
              {findings.prediction}
            </p>
            <div>
              <p class={`seal ${findings.certified ? 'certified' : 'open'}`} data-testid="verdict">
                {findings.certified ? 'certified' : 'not certified'}
              </p>
              <p>
                {findings.certified
                  ? `Proved: it stays a ${findings.prediction} under any ${scale.words(size)}.`
                  : `Not proved: some ${scale.words(size)} might make it another class.`}
              </p>
              <p class="quiet">
                {findings.largest < 0
                  ? 'Not even the prediction itself is certain.'
                  : `Certified up to ${scale.step < 1 ? findings.largest.toFixed(3) : `${findings.largest} flips`}.`}{' '}
                Computed in {Math.ceil(findings.milliseconds)} ms.
              </p>
            </div>
          </>
        )}
      </div>
      <label class="slider">
        <span>
          {scale.label} <output>{scale.step < 1 ? size.toFixed(3) : size}</output>
        </span>
        <input
          type="range"
          data-testid="size"
          min={0}
          max={scale.max}
          step={scale.step}
          value={size}
          onInput={(event) => session.resize(event.currentTarget.valueAsNumber)}
        />
      </label>
      {findings !== undefined && (
        <Margins prediction={findings.prediction} sIbp={findings.sIbp} sCrown={findings.sCrown} />
      )}
    </section>
  );
}
