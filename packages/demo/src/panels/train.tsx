import type { Session } from '../session.js';
import type { Training } from '../training.js';
import { Curves } from './curves.js';

/** A robust network, trained in this tab on a few thousand images. */
export function Train({ session, training }: { session: Session; training: Training }) {
  const running = training.running.value;
  const progress = training.progress.value;
  const left = Math.ceil(training.secondsLeft.value);
  return (
    <section aria-labelledby="train">
      <h2 id="train">Train in this tab</h2>
      <p class="quiet">64 neurons, S-IBP, epsilon rising to 0.06; nothing leaves this page.</p>
      <div class="actions">
        <button type="button" data-testid="train" disabled={running} onClick={() => void training.start(session)}>
          Train
        </button>
        <button type="button" class="plain" data-testid="stop" disabled={!running} onClick={() => training.stop()}>
          Stop
        </button>
        <progress value={progress} max={1} aria-label="progress of the training" />
        {running && <span class="quiet">{`${Math.round(100 * progress)} %, ${left} s left`}</span>}
      </div>
      <Curves curve={training.curve.value} />
      <p aria-live="polite" data-testid="trained">
        {training.outcome.value}
      </p>
    </section>
  );
}
