/** The generated bindings; the one place that names their path. */
export * from '../../codecs/event_codecs.js';
