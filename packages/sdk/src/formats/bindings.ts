/** The generated bindings; the one place that names their path. */
export * from '../../formats/snn_formats.js';
