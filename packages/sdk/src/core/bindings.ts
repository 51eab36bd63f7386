/** The generated bindings; the one place that names their path. */
export * from '../../core/snn_core.js';
