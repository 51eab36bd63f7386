/** The generated bindings; the one place that names their path. */
export * from '../../graphs/snn_graphs.js';
