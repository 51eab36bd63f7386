import { signal } from '@preact/signals';
import { fit, isCertispikeError, linear, network, rate, schedules } from '@certispike/sdk';
import { digits, source } from './data.js';
import { reason, type Session } from './session.js';

/** One point of the curves. */
export interface Point {
  readonly step: number;
  readonly loss: number;
  readonly cleanError: number;
  readonly certifiedError: number;
}

const epochs = 6;
const robustTo = 0.06;

/** Trains a small robust network in this tab. */
export class Training {
  readonly running = signal(false);
  /** In [0, 1]. */
  readonly progress = signal(0);
  readonly secondsLeft = signal(0);
  readonly curve = signal<readonly Point[]>([]);
  /** How it ended, or what went wrong. */
  readonly outcome = signal('');
  #stop: AbortController | undefined;

  stop(): void {
    this.#stop?.abort();
  }

  async start(session: Session): Promise<void> {
    if (this.running.value) return;
    this.running.value = true;
    this.curve.value = [];
    this.progress.value = 0;
    this.outcome.value = '';
    const { signal: aborted } = (this.#stop = new AbortController());
    const model = session.engine.createModel(
      network({ input: rate([1, 28, 28], { steps: 5 }), layers: [linear(64), linear(10)], readout: 'membrane' }),
      { seed: Date.now() % 1_000_000, initialisation: 'ibp' },
    );
    try {
      const images = await digits('train');
      const held = Math.floor(images.labels.length / 10);
      const train = source(images, [held, images.labels.length]);
      const epsilon = schedules.linear(0, robustTo, 0.05, 0.65);
      const kappa = schedules.linear(1, 0.4, 0.05, 0.65);
      const options = { method: 's-ibp', epochs, epsilon, kappa, learningRate: 2e-3, signal: aborted } as const;
      let validation: { cleanError: number; certifiedError?: number } | undefined;
      for await (const event of fit(session.engine, model, train, {
        ...options,
        validation: source(images, [0, held]),
      })) {
        if (event.kind === 'epoch' && event.validation !== undefined) validation = event.validation;
        if (event.kind !== 'step') continue;
        this.progress.value = event.step / event.totalSteps;
        this.secondsLeft.value = event.secondsLeft;
        if (event.step % 5 !== 0) continue;
        const { step, loss, cleanError, certifiedError = 1 } = event;
        this.curve.value = [...this.curve.value, { step, loss, cleanError, certifiedError }];
      }

      const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
      this.outcome.value =
        validation === undefined
          ? 'Trained.'
          : `Trained: error ${percent(validation.cleanError)}, certified error ${percent(validation.certifiedError ?? 1)} at epsilon ${robustTo}, on ${held} images held out.`;
      session.use({ model, name: 'trained here', note: `Trained in this tab on ${train.length} images.` });
    } catch (error) {
      model.free();
      const stopped = isCertispikeError(error) && error.code === 'aborted';
      this.outcome.value = stopped ? 'Stopped; the model before is still there.' : reason(error);
    } finally {
      this.running.value = false;
    }
  }
}
