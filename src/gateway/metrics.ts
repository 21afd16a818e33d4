import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ServerState } from '../api/contract/gateway.ts';
import type { SpoolCounts } from './spool.ts';

/** What the gateway counts; `/metrics` prints it. */
export interface GatewayMetrics {
  request(endpoint: string, status: number, seconds: number): void;
  /** A prediction was answered and could not be kept. */
  notRecorded(endpoint: string): void;
  text(spool: SpoolCounts, servers: readonly ServerState[]): Promise<{ type: string; text: string }>;
}

export function createGatewayMetrics(): GatewayMetrics {
  const register = new Registry();
  const registers = [register];
  const requests = new Counter({
    name: 'seto_gateway_requests_total',
    help: 'Requests answered, by endpoint and status',
    labelNames: ['endpoint', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'seto_gateway_request_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['endpoint'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5],
    registers,
  });
  const unrecorded = new Counter({
    name: 'seto_gateway_unrecorded_total',
    help: 'Predictions answered but not kept: the spool was full or the disk failed',
    labelNames: ['endpoint'],
    registers,
  });
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const spoolBytes = gauge('seto_gateway_spool_bytes', 'Bytes waiting for the control plane');
  const spoolSegments = gauge('seto_gateway_spool_segments', 'Segments waiting for the control plane');
  const droppedPictures = gauge('seto_gateway_spool_dropped_pictures', 'Pictures not kept for want of room');
  const droppedPredictions = gauge('seto_gateway_spool_dropped_predictions', 'Predictions not kept');
  const refused = gauge(
    'seto_gateway_spool_refused_segments',
    'Segments the control plane refused, kept as gateway/spool/*.refused',
  );
  const healthy = new Gauge({
    name: 'seto_gateway_server_healthy',
    help: 'Whether a model server answers',
    labelNames: ['release'],
    registers,
  });
  return {
    request: (endpoint, status, took) => {
      requests.inc({ endpoint, status });
      seconds.observe({ endpoint }, took);
    },
    notRecorded: (endpoint) => unrecorded.inc({ endpoint }),
    text: async (spool, servers) => {
      spoolBytes.set(spool.bytes);
      spoolSegments.set(spool.segments);
      droppedPictures.set(spool.droppedPictures);
      droppedPredictions.set(spool.droppedPredictions);
      refused.set(spool.refusedSegments);
      healthy.reset();
      for (const server of servers) healthy.set({ release: server.id }, server.healthy ? 1 : 0);
      return { type: register.contentType, text: await register.metrics() };
    },
  };
}
