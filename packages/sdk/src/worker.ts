/** The worker of a browser. */
import type { Endpoint } from 'comlink';
import { serve } from './worker/serve.js';

serve(globalThis as unknown as Endpoint);
