import { render } from 'preact';
import { App } from './app.js';
import './style.css';

const place = document.getElementById('app');
if (place !== null) render(<App />, place);

// Only the built page has a worker that keeps it; without one (an old browser, plain HTTP) it works all the same.
if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  addEventListener('load', () => void navigator.serviceWorker.register('offline.js').catch(() => undefined));
}
