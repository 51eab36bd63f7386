import { useSignal } from '@preact/signals';
import type { Session } from '../session.js';
import type { Builtin } from '../builtin.js';

/** The largest file that is read: far more than any network that a page can show. */
const largest = 256 << 20;

/** A network of the user's own. */
export function Bring({ session, builtin }: { session: Session; builtin: Builtin }) {
  const over = useSignal(false);
  const shown = session.shown.value;
  const read = async (file: File | undefined) => {
    if (file === undefined) return;
    if (file.size > largest) {
      session.problem.value = `${file.name}: expected at most ${largest >> 20} MB, got ${Math.round(file.size / 2 ** 20)} MB`;
      return;
    }
    await session.bring(file.name, new Uint8Array(await file.arrayBuffer()));
  };
  return (
    <section
      aria-labelledby="model"
      class={over.value ? 'drop over' : 'drop'}
      data-testid="drop"
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => (over.value = false)}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        void read(event.dataTransfer?.files[0]);
      }}
    >
      <h2 id="model">Model</h2>
      {shown !== undefined && (
        <p data-testid="model">
          <b>{shown.name}</b>: {shown.model.network.layers.length} layers,{' '}
          {shown.model.parameterCount.toLocaleString('en')} weights, {shown.model.network.input.encoding} input over{' '}
          {shown.model.network.input.steps} steps, {shown.model.network.readout.kind} readout.{' '}
          <span class="quiet">{shown.note}</span>
        </p>
      )}
      <label class="file">
        Drop a model here, or choose one (safetensors, PyTorch, NIR)
        <input
          type="file"
          data-testid="model-file"
          accept=".safetensors,.pth,.pt,.tar,.nir,.h5"
          onChange={({ currentTarget }) => void read(currentTarget.files?.[0])}
        />
      </label>
      <button
        type="button"
        class="plain"
        onClick={() => void builtin.load(session, 'pixels').then((model) => session.use(model))}
      >
        Back to the page's own
      </button>
      {session.problem.value !== undefined && (
        <p class="bad" role="alert" data-testid="problem">
          {session.problem.value}
        </p>
      )}
    </section>
  );
}
