import * as z from 'zod';

/** Where a model server takes requests. */
export const upstreamSchema = z.union([z.object({ socket: z.string() }), z.object({ url: z.string() })]);

/**
 * How the gateway starts one model server (process target). Paths are this machine's; inside the sandbox the
 * release's root is `/` and the socket folder is `/run/seto`.
 */
export const serverSpecSchema = z.object({
  id: z.string(),
  /** The unpacked image, read-only. */
  root: z.string(),
  /** Program and arguments as the image sees them; `{socket}` stands for the socket's path inside. */
  argv: z.tuple([z.string()], z.string()),
  env: z.record(z.string(), z.string()),
  cwd: z.string(),
  /** The folder that holds the socket: the one place the server may write. */
  socketDir: z.string(),
  memoryMb: z.number().int().positive(),
});
export type ServerSpec = z.infer<typeof serverSpecSchema>;

/** One running server as the gateway sees it. */
export const serverStateSchema = z.object({
  id: z.string(),
  healthy: z.boolean(),
  pid: z.number().int().nullable(),
  /** Times it ended by itself and was started again. */
  restarts: z.number().int(),
  /** Why it ended the last time; null where it never did. */
  lastExit: z.string().nullable(),
  upstream: upstreamSchema,
});
export type ServerState = z.infer<typeof serverStateSchema>;

/** One endpoint in the routing file. */
export const routeEntrySchema = z.object({
  name: z.string(),
  /** Predictions need no key, from anywhere. */
  open: z.boolean(),
  /** SHA-256 of keys that may predict and give feedback. */
  keys: z.array(z.string()),
  /** SHA-256 of tokens of people who may give feedback here (labeller and above). */
  people: z.array(z.string()),
  /** The release that takes requests; null while there is none. */
  live: z
    .object({
      releaseId: z.string(),
      upstream: upstreamSchema,
      /** What its model tells apart; null or absent where that is not known. */
      labels: z.array(z.string()).nullable().optional(),
    })
    .nullable(),
});
export type RouteEntry = z.infer<typeof routeEntrySchema>;

/** `run/routes.json`: all the gateway knows. Replaced atomically; a file older than the one in use is refused. */
export const routesFileSchema = z.object({
  installationId: z.string(),
  /** Raised by a restore; a higher epoch wins over any revision. */
  epoch: z.number().int(),
  revision: z.number().int(),
  /** Where spooled predictions and feedback go, and the token to send them with. */
  ship: z.object({ url: z.string(), token: z.string(), ca: z.string().nullable().optional() }).nullable(),
  endpoints: z.array(routeEntrySchema),
  /** Servers that the gateway keeps running by itself. */
  servers: z.array(serverSpecSchema),
  predictions: z.object({
    keep: z.enum(['all', 'unsure', 'sample']),
    /** Bytes the spool may hold; pictures are dropped first, then predictions, never feedback. */
    spoolBytes: z.number().positive(),
  }),
  limits: z.object({
    bodyBytes: z.number().int().positive(),
    maxConcurrent: z.number().int().positive(),
  }),
});
export type RoutesFile = z.infer<typeof routesFileSchema>;

/** Answer of `GET /identity` on the gateway's control socket. */
export const gatewayIdentitySchema = z.object({
  installationId: z.string(),
  version: z.string(),
  pid: z.number().int(),
  /** Where it takes requests, without a slash at the end. */
  url: z.string(),
  epoch: z.number().int(),
  revision: z.number().int(),
});
export type GatewayIdentity = z.infer<typeof gatewayIdentitySchema>;

const picture = z.object({
  sha256: z.string(),
  size: z.number().int(),
  /** Where its bytes lie in the segment's picture file; null where the picture was not kept. */
  offset: z.number().int().nullable(),
});

/** One line of a spool segment. */
export const spoolRecordSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('prediction'),
    id: z.string(),
    at: z.number().int(),
    endpoint: z.string(),
    releaseId: z.string(),
    reference: z.string().nullable(),
    group: z.string().nullable(),
    picture: picture.nullable(),
    /** The model server's answer, and the statistics it sent beside it (base64url JSON). */
    answer: z.unknown(),
    statistics: z.string().nullable(),
    /** Milliseconds the model server took. */
    tookMs: z.number(),
  }),
  z.object({
    kind: z.literal('feedback'),
    id: z.string(),
    at: z.number().int(),
    endpoint: z.string(),
    predictionId: z.string().nullable(),
    reference: z.string().nullable(),
    label: z.string(),
    /** `key:NAMEHASH` or `user:HASH`: the first 12 digits of the token's hash. */
    by: z.string(),
  }),
]);
export type SpoolRecord = z.infer<typeof spoolRecordSchema>;

/** First line of a shipped segment; the records and then the pictures follow, this many bytes each. */
export const segmentHeaderSchema = z.object({
  segment: z.string().regex(/^[a-z0-9-]{1,80}$/),
  recordBytes: z.number().int().nonnegative(),
  pictureBytes: z.number().int().nonnegative(),
});
export type SegmentHeader = z.infer<typeof segmentHeaderSchema>;

/** What a reference of the user's may look like: their serial number, one line. */
export const referencePattern = /^[^\p{Cc}]{1,200}$/u;
/** What a group may look like (data sets have the same rule). */
export const groupPattern = /^[^\s]{1,200}$/;
