import binaryen from 'binaryen';
import { summary } from '../statistics.mjs';

/** Inner length of the dense product: both operands stay in the first cache. */
const inner = 256;

/** Inputs, listed inputs and panels of 32 outputs of the event kernel: the paper's first layer and a digit's spikes. */
const events = { inputs: 784, listed: 102, panels: 16 };

/** Bytes of memory, and where things lie in it. */
const pages = 48;
const place = { a: 0, b: inner * 16, list: 64 << 10, panels: 128 << 10 };

const lines = (count, line) => Array.from({ length: count }, (_, index) => line(index)).join('\n');

/** The 4 x 8 tile of a dense product: 64 operations per turn. */
const dense = `
(func (export "dense") (param $turns i32) (result f32)
  (local $k i32) (local $b0 v128) (local $b1 v128) (local $a v128)
  ${lines(8, (index) => `(local $c${index} v128)`)}
  (loop $again
    (local.set $k (i32.const 0))
    (loop $next
      (local.set $b0 (v128.load offset=${place.b} (i32.shl (local.get $k) (i32.const 5))))
      (local.set $b1 (v128.load offset=${place.b + 16} (i32.shl (local.get $k) (i32.const 5))))
      ${lines(
        4,
        (row) => `
      (local.set $a (v128.load32_splat offset=${place.a + 4 * row} (i32.shl (local.get $k) (i32.const 4))))
      (local.set $c${2 * row} (f32x4.add (local.get $c${2 * row}) (f32x4.mul (local.get $a) (local.get $b0))))
      (local.set $c${2 * row + 1} (f32x4.add (local.get $c${2 * row + 1}) (f32x4.mul (local.get $a) (local.get $b1))))`,
      )}
      (br_if $next (i32.lt_u (local.tee $k (i32.add (local.get $k) (i32.const 1))) (i32.const ${inner}))))
    (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
  (f32x4.extract_lane 0 ${sum(8)}))`;

/** Rows of 32 weights added up for the listed inputs: 32 additions per entry. */
const gather = `
(func (export "gather") (param $turns i32) (result f32)
  (local $panel i32) (local $k i32) (local $row i32) (local $end i32)
  ${lines(8, (index) => `(local $c${index} v128)`)}
  (loop $again
    (local.set $panel (i32.const ${place.panels}))
    (loop $panels
      (local.set $k (i32.const ${place.list}))
      (loop $next
        (local.set $row (i32.add (local.get $panel) (i32.shl (i32.load (local.get $k)) (i32.const 7))))
        ${lines(8, (index) => `(local.set $c${index} (f32x4.add (local.get $c${index}) (v128.load offset=${16 * index} (local.get $row))))`)}
        (br_if $next
          (i32.lt_u
            (local.tee $k (i32.add (local.get $k) (i32.const 4)))
            (i32.const ${place.list + 4 * events.listed}))))
      (br_if $panels
        (i32.lt_u
          (local.tee $panel (i32.add (local.get $panel) (i32.const ${128 * events.inputs})))
          (i32.const ${place.panels + 128 * events.inputs * events.panels}))))
    (br_if $again (local.tee $turns (i32.sub (local.get $turns) (i32.const 1)))))
  (f32x4.extract_lane 0 ${sum(8)}))`;

function sum(count) {
  return Array.from({ length: count }, (_, index) => `(local.get $c${index})`).reduce(
    (all, one) => `(f32x4.add ${all} ${one})`,
  );
}

/**
 * The fastest that this machine's WebAssembly does such arithmetic on one thread: `dense` in GFLOP/s (multiplications and
 * additions of a dense product), `events` in G additions/s (rows of weights added for listed inputs).
 */
export function ceilings() {
  const module = binaryen.parseText(`(module (memory (export "memory") ${pages}) ${dense} ${gather})`);
  module.setFeatures(binaryen.Features.SIMD128);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.emitBinary()));
  module.dispose();
  const list = new Uint32Array(exports.memory.buffer, place.list, events.listed);
  list.forEach((_, index) => (list[index] = Math.floor((index * events.inputs) / events.listed)));
  return {
    dense: rate(exports.dense, 64 * inner),
    events: rate(exports.gather, 32 * events.listed * events.panels),
  };
}

/** G operations per second of a kernel, the best of some runs: what else the machine does only takes away. */
function rate(kernel, operations) {
  const turns = Math.ceil(2e7 / operations);
  const times = Array.from({ length: 40 }, () => {
    const start = performance.now();
    kernel(turns);
    return performance.now() - start;
  });
  return (operations * turns) / summary(times).least / 1e6;
}
