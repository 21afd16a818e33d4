import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { newId, newToken, sha256 } from '../../shared/ids.ts';
import type { ForgeContext } from './forge-context.ts';
import { heldStatuses, type JobRow, jobById } from './job-rows.ts';
import type { PipelineRow } from './pipeline-rows.ts';

/** The audience of the token that every job of the embedded forge gets as SETO_ID_TOKEN. */
export const ownAudience = 'seto';

/** A job outlives its timeout by its after_script and uploads; a token that died earlier would fail those. */
const graceMs = 10 * 60_000;

/** Signs and checks the OIDC tokens of jobs (OpenID Connect Core 1.0, RS256; claims as GitLab's `id_tokens`). */
export interface IdTokens {
  sign(job: JobRow, pipeline: PipelineRow, audience: readonly string[]): Promise<string>;
  /** The running attempt a token was made for; null for any other. */
  verify(token: string): Promise<JobRow | null>;
  /** A session that ends with the attempt. */
  openSession(token: string): Promise<{ token: string; jobId: number } | null>;
  /** Public keys (RFC 7517). */
  jwks(): Promise<{ keys: JWK[] }>;
}

export function createIdTokens(ctx: ForgeContext): IdTokens {
  const { store, clock, seal, identity } = ctx;
  let loading: Promise<{ kid: string; publicJwk: JWK; privateJwk: JWK }> | null = null;
  const keys = () => {
    loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
  const load = async () => {
    type KeyRow = { kid: string; public_jwk: string; private_jwk: string };
    const row = store.get<KeyRow>('SELECT * FROM issuer_keys ORDER BY created_at DESC LIMIT 1');
    if (row)
      return {
        kid: row.kid,
        publicJwk: JSON.parse(row.public_jwk) as JWK,
        privateJwk: JSON.parse(seal.open(row.private_jwk, `issuer:${row.kid}`)) as JWK,
      };
    const pair = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true });
    const kid = newId('key');
    const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, use: 'sig', alg: 'RS256' };
    const privateJwk = { ...(await exportJWK(pair.privateKey)), kid, alg: 'RS256' };
    store.run(
      'INSERT INTO issuer_keys (kid, public_jwk, private_jwk, created_at) VALUES (?, ?, ?, ?)',
      kid,
      JSON.stringify(publicJwk),
      seal.seal(JSON.stringify(privateJwk), `issuer:${kid}`),
      clock.now(),
    );
    return { kid, publicJwk, privateJwk };
  };
  const verify = async (token: string): Promise<JobRow | null> => {
    const { publicJwk } = await keys();
    try {
      const { payload } = await jwtVerify(token, createLocalJWKSet({ keys: [publicJwk] }), {
        // The key is this installation's alone; the issuer's URL may have changed since (another port after a restart).
        audience: ownAudience,
        currentDate: new Date(clock.now()),
      });
      const row = jobById(store, Number(payload['job_id']));
      return row && heldStatuses.includes(row.status) && payload.jti === row.token_hash ? row : null;
    } catch {
      return null;
    }
  };
  return {
    sign: async (job, pipeline, audience) => {
      const { privateJwk, kid } = await keys();
      const project = identity.project(job.project_id);
      const [namespace = ''] = (project?.path ?? '').split('/');
      const user = identity.users.byId(pipeline.user_id);
      const nowSeconds = Math.floor(clock.now() / 1000);
      return new SignJWT({
        namespace_path: namespace,
        project_id: String(job.project_id),
        project_path: project?.path,
        user_id: String(pipeline.user_id),
        user_login: user?.name,
        pipeline_id: String(pipeline.id),
        pipeline_source: pipeline.source,
        job_id: String(job.id),
        ref: pipeline.ref,
        ref_type: pipeline.ref_type,
        ref_path: `refs/${pipeline.ref_type === 'tag' ? 'tags' : 'heads'}/${pipeline.ref}`,
        ref_protected: String(pipeline.protected_ref === 1),
        sha: pipeline.sha,
        runner_id: job.runner_id,
        runner_environment: 'self-hosted',
      })
        .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
        .setIssuer(ctx.url())
        .setSubject(`project_path:${project?.path}:ref_type:${pipeline.ref_type}:ref:${pipeline.ref}`)
        .setAudience(audience.length === 1 ? (audience[0] ?? ownAudience) : [...audience])
        .setJti(job.token_hash ?? '')
        .setIssuedAt(nowSeconds)
        .setNotBefore(nowSeconds - 5)
        .setExpirationTime(nowSeconds + Math.ceil((job.timeout_ms + graceMs) / 1000))
        .sign(await importJWK(privateJwk, 'RS256'));
    },
    verify,
    openSession: async (idToken) => {
      const row = await verify(idToken);
      if (!row) return null;
      const token = newToken();
      const opened = store.transaction(() => {
        // Between the check and here the attempt may have ended.
        const now = jobById(store, row.id);
        if (!now || !heldStatuses.includes(now.status) || now.token_hash !== row.token_hash) return false;
        store.run(
          'INSERT INTO job_sessions (token_hash, job_id, created_at) VALUES (?, ?, ?)',
          sha256(token),
          row.id,
          clock.now(),
        );
        return true;
      });
      return opened ? { token, jobId: row.id } : null;
    },
    jwks: async () => ({ keys: [(await keys()).publicJwk] }),
  };
}
