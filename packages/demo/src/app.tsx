import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Builtin } from './builtin.js';
import { digit, digits, type Images } from './data.js';
import { Bring } from './panels/bring.js';
import { Certificate } from './panels/certificate.js';
import { Inputs } from './panels/inputs.js';
import { Inside } from './panels/inside.js';
import { Strike } from './panels/strike.js';
import { Train } from './panels/train.js';
import { reason, Session } from './session.js';
import { Training } from './training.js';

/** The page. */
export function App() {
  const session = useSignal<Session | undefined>(undefined);
  const images = useSignal<Images | undefined>(undefined);
  const failure = useSignal<string | undefined>(undefined);
  const builtin = useMemo(() => new Builtin(), []);
  const training = useMemo(() => new Training(), []);

  useEffect(() => {
    const open = async () => {
      const [opened, found] = await Promise.all([Session.open(), digits('test')]);
      opened.use(await builtin.load(opened, 'pixels'));
      images.value = found;
      session.value = opened;
      opened.look(digit(found, 0));
    };
    open().catch((error: unknown) => (failure.value = reason(error)));
  }, []);

  const opened = session.value;
  return (
    <>
      <header>
        <h1>certispike</h1>
        <p>A spiking neural network in this page: it predicts, and proves that the prediction holds.</p>
      </header>
      <main>
        {failure.value !== undefined && (
          <p class="bad" role="alert" data-testid="failure">
            This page could not start: {failure.value}
          </p>
        )}
        {opened === undefined ? (
          failure.value === undefined && <p class="quiet">Starting the core ...</p>
        ) : (
          <div class="panels" data-testid="ready">
            <Inputs session={opened} builtin={builtin} images={images.value} />
            <Certificate session={opened} />
            <Inside session={opened} />
            <Strike session={opened} />
            <Train session={opened} training={training} />
            <Bring session={opened} builtin={builtin} />
          </div>
        )}
      </main>
      <footer class="quiet">
        Bounds after Liang et al., "Toward Robust Spiking Neural Network Against Adversarial Perturbation" (2022). A
        certificate holds for this input, these draws of the rate code and this region; rounding errors are counted.
      </footer>
    </>
  );
}
