import { batch, type Signal, signal } from '@preact/signals';
import { attack, createEngine, type Engine, isCertispikeError, type Model } from '@certispike/sdk';
import { modelFrom } from '@certispike/sdk/convert';
import { find, type Findings } from './findings.js';
import { scaleOf } from './region.js';
import { misfit, sourceOf, type Subject } from './subject.js';

/** A model on the page. */
export interface ShownModel {
  readonly model: Model;
  readonly name: string;
  /** A sentence about where it is from. */
  readonly note: string;
}

/** What the strongest attack found at the present size. */
export interface Attacked {
  readonly fooled: boolean;
  /** The input that is taken for another class. */
  readonly values: Float32Array | undefined;
  readonly prediction: number | undefined;
  /** Forward passes it took. */
  readonly passes: number;
}

/** The state of the page: what is looked at, by which model, and what came out. */
export class Session {
  readonly subject = signal<Subject | undefined>(undefined);
  readonly shown = signal<ShownModel | undefined>(undefined);
  readonly size: Signal<number> = signal(scaleOf('pixels').start);
  readonly findings = signal<Findings | undefined>(undefined);
  readonly attacked = signal<Attacked | undefined>(undefined);
  /** What is wrong, for the user. */
  readonly problem = signal<string | undefined>(undefined);
  readonly busy = signal(false);
  readonly #asked = { number: 0, running: false };
  #attack: AbortController | undefined;

  private constructor(readonly engine: Engine) {}

  static async open(): Promise<Session> {
    // One thread stays for the page.
    const workers = Math.min(4, Math.max(1, navigator.hardwareConcurrency - 1));
    return new Session(await createEngine({ workers }));
  }

  /** Looks at another input; its kind decides what the slider means. */
  look(subject: Subject): void {
    const before = this.subject.value?.kind;
    batch(() => {
      this.subject.value = subject;
      if (before !== subject.kind) this.size.value = scaleOf(subject.kind).start;
    });
    this.#refresh();
  }

  resize(size: number): void {
    this.size.value = size;
    this.#refresh();
  }

  /** Shows another model; the one before is freed when nothing uses it any more. */
  use(shown: ShownModel): void {
    const before = this.shown.value;
    this.shown.value = shown;
    this.#refresh();
    if (before !== undefined && before.model !== shown.model) void this.#freed(before.model);
  }

  /** Reads a model file that a user brought: this package's own, PyTorch's or NIR. */
  async bring(name: string, bytes: Uint8Array): Promise<void> {
    try {
      const { model, report } = await modelFrom(this.engine, bytes, { name });
      this.problem.value = undefined;
      this.use({ model, name, note: `Read by ${report.convention}.` });
    } catch (error) {
      this.problem.value = reason(error);
    }
  }

  /** Attacks the present input within the present region. */
  async strike(): Promise<void> {
    const [subject, shown, findings] = [this.subject.value, this.shown.value, this.findings.value];
    if (subject === undefined || shown === undefined || findings === undefined) return;
    this.#attack?.abort();
    const { signal: aborted } = (this.#attack = new AbortController());
    try {
      const scale = scaleOf(subject.kind);
      const source = sourceOf(subject, shown.model, findings.prediction);
      const region = scale.region(this.size.value);
      const result = await attack(this.engine, shown.model, source, { region, attack: 'quick', signal: aborted });
      const [found] = result.adversarial;
      this.attacked.value = {
        fooled: found !== undefined,
        values: found?.values,
        prediction: found?.prediction,
        passes: result.stages.reduce((sum, stage) => sum + stage.passes, 0),
      };
    } catch (error) {
      if (!aborted.aborted) this.problem.value = reason(error);
    }
  }

  /** Finds anew what holds; while that runs, later wishes wait and only the last of them counts. */
  #refresh(): void {
    this.#asked.number += 1;
    this.#attack?.abort();
    this.attacked.value = undefined;
    if (!this.#asked.running) void this.#findAll();
  }

  async #findAll(): Promise<void> {
    this.#asked.running = true;
    this.busy.value = true;
    let done = -1;
    while (done !== this.#asked.number) {
      done = this.#asked.number;
      const [subject, shown] = [this.subject.value, this.shown.value];
      if (subject === undefined || shown === undefined) break;
      const wrong = misfit(subject, shown.model);
      if (wrong !== undefined) {
        batch(() => {
          this.findings.value = undefined;
          this.problem.value = `This input and this model do not fit: ${wrong}.`;
        });
        continue;
      }
      try {
        const findings = await find(this.engine, shown.model, subject, scaleOf(subject.kind), this.size.value);
        batch(() => {
          this.findings.value = findings;
          this.problem.value = undefined;
        });
      } catch (error) {
        if (shown === this.shown.value) this.problem.value = reason(error);
      }
    }
    this.#asked.running = false;
    this.busy.value = false;
  }

  async #freed(model: Model): Promise<void> {
    while (this.#asked.running || this.busy.value) await new Promise((done) => setTimeout(done, 50));
    try {
      model.free();
    } catch {
      // An attack that is being given up still reads it; the page's end frees it.
    }
  }
}

/** An error as a sentence. */
export function reason(error: unknown): string {
  if (isCertispikeError(error)) return error.message;
  return error instanceof Error ? error.message : String(error);
}
