import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Places } from './places.ts';

/** What `/metrics` of a model server shows (Prometheus text format). */
export interface ServingMetrics {
  /** One request done: which face, which status, how long in seconds. */
  observe(face: 'predict' | 'infer', status: number, seconds: number): void;
  predicted(label: string, decision: string | null): void;
  text(): Promise<string>;
  contentType: string;
}

export function createServingMetrics(
  model: { name: string; version: string },
  places: Places,
): ServingMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'seto_model_info',
    help: 'The model that answers; always 1',
    labelNames: ['name', 'version'],
    registers,
  }).set(model, 1);
  const requests = new Counter({
    name: 'seto_requests_total',
    help: 'Requests by face and status',
    labelNames: ['face', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'seto_request_seconds',
    help: 'From the first byte read to the answer written',
    labelNames: ['face'],
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    registers,
  });
  const predictions = new Counter({
    name: 'seto_predictions_total',
    help: 'Pictures judged, by label and decision',
    labelNames: ['label', 'decision'],
    registers,
  });
  new Gauge({
    name: 'seto_requests_waiting',
    help: 'Requests that wait for a place',
    registers,
    collect() {
      this.set(places.waiting);
    },
  });
  return {
    observe: (face, status, duration) => {
      requests.inc({ face, status: String(status) });
      seconds.observe({ face }, duration);
    },
    predicted: (label, decision) => predictions.inc({ label, decision: decision ?? 'none' }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
