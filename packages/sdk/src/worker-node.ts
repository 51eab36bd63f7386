/** The worker of Node. */
import { parentPort } from 'node:worker_threads';
import { CertispikeError } from './error.js';
import { nodeEndpoint } from './platform/node-endpoint.js';
import { serve } from './worker/serve.js';

if (parentPort === null) throw new CertispikeError('internal', 'worker-node: expected to run as a worker thread');
serve(nodeEndpoint(parentPort));
