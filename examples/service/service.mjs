import { arrays, certify, createEngine, evaluate, linf, loadModel } from '@certispike/sdk';
import Fastify from 'fastify';
import PQueue from 'p-queue';
import { collectDefaultMetrics, Counter, Gauge, Histogram, register } from 'prom-client';

const { MODEL = 'model.safetensors', PORT = '8080', HOST = '127.0.0.1' } = process.env;
const [epsilon, waiting, limit] = [
  Number(process.env.EPSILON ?? 0.06),
  Number(process.env.QUEUE ?? 64),
  Number(process.env.TIMEOUT ?? 1000),
];

const engine = await createEngine();
const model = await loadModel(engine, MODEL);
const { shape } = model.network.input;
const size = shape.reduce((product, side) => product * side, 1);

const queue = new PQueue({ concurrency: 2 * engine.workers });
collectDefaultMetrics();
const answers = new Counter({ name: 'certispike_answers_total', help: 'Answers by status', labelNames: ['status'] });
const seconds = new Histogram({
  name: 'certispike_seconds',
  help: 'Time of an answer, waiting included',
  buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1],
});
new Gauge({ name: 'certispike_waiting', help: 'Requests that wait', collect() { this.set(queue.size); } }); // prettier-ignore

/** The class of an image, and whether every image within epsilon has it. */
async function answer(pixels, signal) {
  const source = (label) =>
    arrays({ shape, classes: model.classes, images: Float32Array.from(pixels), labels: Uint8Array.of(label) });
  const { predictions, scores } = await evaluate(engine, model, source(0), { signal });
  const { perExample } = await certify(engine, model, source(predictions[0]), {
    region: linf(epsilon),
    bounds: ['s-ibp'],
    signal,
  });
  return {
    prediction: predictions[0],
    certified: perExample.certified[0] === 1,
    epsilon,
    scores: [...scores],
    margins: [...perExample.best],
  };
}

const app = Fastify({ bodyLimit: 64 * size + 1024, logger: { level: 'warn' } });
const body = {
  type: 'object',
  required: ['pixels'],
  properties: {
    pixels: { type: 'array', minItems: size, maxItems: size, items: { type: 'number', minimum: 0, maximum: 1 } },
  },
};
let ready = true;

app.post('/certify', { schema: { body } }, async (request, reply) => {
  if (queue.size >= waiting)
    return reply
      .code(503)
      .header('retry-after', '1')
      .send({ error: `the queue is full: ${waiting} requests wait` });
  const end = seconds.startTimer();
  const signal = AbortSignal.timeout(limit);
  try {
    return await queue.add(() =>
      signal.aborted ? Promise.reject(signal.reason) : answer(request.body.pixels, signal),
    );
  } catch (error) {
    if (signal.aborted) return reply.code(504).send({ error: `no answer within ${limit} ms` });
    throw error;
  } finally {
    end();
  }
});
app.get('/health', (_, reply) =>
  reply.code(ready ? 200 : 503).send({ ready, waiting: queue.size, workers: engine.workers }),
);
app.get('/metrics', async (_, reply) => reply.type(register.contentType).send(await register.metrics()));
app.addHook('onResponse', async (_, reply) => answers.inc({ status: reply.statusCode }));

/** Refuses new work, ends what is under way, and goes. */
async function stop() {
  ready = false;
  await app.close();
  await queue.onIdle();
  await engine.dispose();
}
for (const name of ['SIGTERM', 'SIGINT']) process.once(name, stop);

await app.listen({ port: Number(PORT), host: HOST });
console.log(`listening on http://${HOST}:${app.server.address().port}, epsilon ${epsilon}, ${engine.workers} workers`);
