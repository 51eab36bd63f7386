import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { digit, framed, type Images, recording, recordingList, recordingOf } from '../data.js';
import { blank, centred } from '../digit.js';
import { reason, type Session } from '../session.js';
import type { Builtin } from '../builtin.js';
import { Pad } from './pad.js';
import { Picture } from './picture.js';

type Way = 'draw' | 'digits' | 'recordings';

const ways: readonly (readonly [Way, string])[] = [
  ['draw', 'Draw'],
  ['digits', 'Test images'],
  ['recordings', 'Event camera'],
];

interface Props {
  readonly session: Session;
  readonly builtin: Builtin;
  readonly images: Images | undefined;
}

/** What the network is shown: a drawing, an image it was never trained on, or a recording of an event camera. */
export function Inputs({ session, builtin, images }: Props) {
  const way = useSignal<Way>('digits');
  const drawn = useSignal<Float32Array>(blank());
  return (
    <section aria-labelledby="input">
      <h2 id="input">Input</h2>
      <div class="tabs" role="radiogroup" aria-label="where the input comes from">
        {ways.map(([name, label]) => (
          <label key={name}>
            <input type="radio" name="way" checked={way.value === name} onChange={() => (way.value = name)} />
            <span>{label}</span>
          </label>
        ))}
      </div>
      {way.value === 'draw' && (
        <Pad
          pixels={drawn.value}
          onDraw={(pixels) => {
            drawn.value = pixels;
            void builtin.fit(session, 'pixels');
            session.look({ kind: 'pixels', values: centred(pixels), label: null, name: 'a drawing' });
          }}
        />
      )}
      {way.value === 'digits' && <Digits session={session} builtin={builtin} images={images} />}
      {way.value === 'recordings' && <Recordings session={session} builtin={builtin} />}
    </section>
  );
}

/** Images on a page of the gallery. */
const shownAtOnce = 20;

function Digits({ session, builtin, images }: Props) {
  const page = useSignal(0);
  if (images === undefined) return <p class="quiet">Loading the images ...</p>;
  const count = images.labels.length;
  const first = (page.value * shownAtOnce) % count;
  const indices = Array.from({ length: Math.min(shownAtOnce, count) }, (_, offset) => (first + offset) % count);
  return (
    <>
      <ul class="gallery">
        {indices.map((index) => {
          const subject = digit(images, index);
          return (
            <li key={index}>
              <button
                type="button"
                aria-label={`image ${index + 1}: a ${subject.label ?? ''}`}
                aria-pressed={session.subject.value?.name === subject.name}
                onClick={() => {
                  void builtin.fit(session, 'pixels');
                  session.look(subject);
                }}
              >
                <Picture pixels={subject.values} width={28} alt="" />
              </button>
            </li>
          );
        })}
      </ul>
      <button type="button" class="plain" onClick={() => (page.value += 1)}>
        Other images
      </button>
    </>
  );
}

function Recordings({ session, builtin }: Omit<Props, 'images'>) {
  const list = useSignal<Awaited<ReturnType<typeof recordingList>>>([]);
  const problem = useSignal<string | undefined>(undefined);
  useEffect(() => {
    recordingList().then(
      (found) => (list.value = found),
      (error: unknown) => (problem.value = reason(error)),
    );
  }, []);
  const look = async (load: (steps: number) => Promise<Parameters<Session['look']>[0]>) => {
    try {
      await builtin.fit(session, 'spikes');
      const steps = session.shown.value?.model.network.input.steps ?? 10;
      session.look(await load(steps));
      problem.value = undefined;
    } catch (error) {
      problem.value = reason(error);
    }
  };
  return (
    <>
      <ul class="gallery words">
        {list.value.map(({ file, label }) => (
          <li key={file}>
            <button
              type="button"
              aria-pressed={session.subject.value?.name === recordingOf(label)}
              onClick={() => void look((steps) => recording(file, label, steps))}
            >
              a {label}
            </button>
          </li>
        ))}
      </ul>
      <label class="file">
        A recording of N-MNIST (.bin)
        <input
          type="file"
          accept=".bin,.bs2"
          onChange={({ currentTarget }) => {
            const [chosen] = currentTarget.files ?? [];
            if (chosen === undefined) return;
            void look(async (steps) => framed(new Uint8Array(await chosen.arrayBuffer()), chosen.name, steps, null));
          }}
        />
      </label>
      {problem.value !== undefined && (
        <p class="bad" role="alert">
          {problem.value}
        </p>
      )}
      <p class="quiet">
        Recordings of the N-MNIST data set (Orchard et al. 2015, CC BY-SA 4.0): a camera that reports changes of
        brightness as spikes.
      </p>
    </>
  );
}
