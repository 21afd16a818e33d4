/** A release to run: an image by digest behind an endpoint. */
export interface ReleaseSpec {
  releaseId: string;
  endpoint: string;
  /** `HOST/GROUP/PROJECT@sha256:…` in our registry or another. */
  image: string;
  memoryMb: number;
}

/** Where a running release takes requests: a Unix socket or a loopback URL. */
export type Upstream = { socket: string } | { url: string };

export interface RunningRelease {
  releaseId: string;
  upstream: Upstream;
  healthy: boolean;
  /** Times it ended by itself since it was started; a new release that does so again and again has failed. */
  restarts: number;
  /** Why it ended the last time; null where it never did. */
  lastExit: string | null;
}

/**
 * Knows releases, not roll-outs. Lifecycle: made by compose; releases outlive the control plane.
 * Concurrency: calls for different releases at once. Idempotence: start and stop by release id.
 */
export interface DeployTarget {
  /** Fetches the image, creates the container, returns where it will answer; health is asked by the roll-out. */
  start(release: ReleaseSpec): Promise<Upstream>;
  list(): Promise<readonly RunningRelease[]>;
  /** No new requests were sent for a while: lets running ones end for `drainMs`, then ends it. */
  stop(releaseId: string, drainMs: number): Promise<void>;
  /** The last `lines` lines of its log. */
  logs(releaseId: string, lines: number): Promise<string>;
  /** Removes what the target keeps on disk for releases other than these (they can no longer be started). */
  prune(keep: ReadonlySet<string>): Promise<void>;
}
