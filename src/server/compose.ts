import { existsSync, readFileSync, rmSync } from 'node:fs';
import { costHandlers } from '../api/costs.ts';
import { datasetHandlers } from '../api/datasets.ts';
import { endpointHandlers } from '../api/endpoints.ts';
import { gitHandlers } from '../api/git.ts';
import type { Handler } from '../api/handle.ts';
import { imageHandlers } from '../api/images.ts';
import { jobHandlers } from '../api/jobs.ts';
import { modelHandlers } from '../api/models.ts';
import { monitoringHandlers } from '../api/monitoring.ts';
import { nodeHandlers } from '../api/nodes.ts';
import { oidcHandlers } from '../api/oidc.ts';
import { pageHandlers } from '../api/pages.ts';
import { pipelineHandlers } from '../api/pipelines.ts';
import { platformHandlers } from '../api/platform.ts';
import { poolHandlers } from '../api/pools.ts';
import { priceHandlers } from '../api/prices.ts';
import { projectHandlers } from '../api/projects.ts';
import { registryHandlers } from '../api/registry.ts';
import { runnerProtocolHandlers } from '../api/runner-protocol.ts';
import { sessionHandlers } from '../api/session.ts';
import { userHandlers } from '../api/users.ts';
import { variableHandlers } from '../api/variables.ts';
import { createDatasets } from '../datasets/datasets.ts';
import { createDeployments } from '../deployments/deployments.ts';
import { createGatewayLink, ensureGateway } from '../deployments/gateway-link.ts';
import { createProcessTarget } from '../deployments/targets/process-target.ts';
import { createEmbeddedForge } from '../forge/embedded/embedded-forge.ts';
import { jobById } from '../forge/embedded/job-rows.ts';
import { createIdentity, type Identity } from '../identity/identity.ts';
import { baseLayer, baseLayerDigest } from '../images/base-layer.ts';
import { createImages } from '../images/images.ts';
import { createRegistry } from '../images/registry/registry.ts';
import { sandboxedUnpack } from '../images/sandboxed-unpack.ts';
import { createBudgetAlerts } from '../ledger/budget-alerts.ts';
import { budgetEvents, budgetEventsOf } from '../ledger/budget-events.ts';
import { budgetSource, createCostReports } from '../ledger/cost-reports.ts';
import { declareFixedCosts } from '../ledger/declared-costs.ts';
import { createLedger } from '../ledger/ledger.ts';
import { warnOnOverspend } from '../ledger/warn-on-overspend.ts';
import { createLineage } from '../lineage/lineage.ts';
import { createModels } from '../models/models.ts';
import { createMonitoring } from '../monitoring/monitoring.ts';
import { createExpectedCosts } from '../pools/expected-cost.ts';
import { poolPrice } from '../pools/pool-config.ts';
import { createPools } from '../pools/pools.ts';
import { createPrices } from '../prices/prices.ts';
import { readPriceFile } from '../prices/read-price-file.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { bootId } from '../shared/boot-id.ts';
import type { Clock } from '../shared/clock.ts';
import { newToken, sha256 } from '../shared/ids.ts';
import type { Log } from '../shared/log.ts';
import { createSeal } from '../shared/sealed.ts';
import { version } from '../shared/version.ts';
import { createProjectBlobs } from '../storage/project-blobs.ts';
import { createDiskStore } from '../storage/stores/disk-store.ts';
import type { Store } from '../store/store.ts';
import { dataBook, imageBook } from './books.ts';
import { createBudgetNotes } from './budget-notes.ts';
import { type Config, retailPricesUrl } from './config.ts';
import type { DataFolder } from './data-folder.ts';
import { declaredCosts, onlySimulated } from './fixed-costs-config.ts';
import { nodePools } from './node-pools.ts';
import { createPlannedCosts } from './planned-costs.ts';
import { pullImage } from './pull-image.ts';
import { restoredMark } from './restore.ts';
import { readStatus } from './status.ts';
import type { Urls } from './urls.ts';
import { tellWebhook } from './webhook.ts';

/** What the composition stands on. */
export interface Ground {
  config: Config;
  folder: DataFolder;
  store: Store;
  clock: Clock;
  log: Log;
  sandbox: Sandbox;
  urls: Urls;
  secretsKey: Uint8Array;
  /** The runtime tree that jobs get and that images are made from. */
  runtimeDir: string;
}

/** The parts joined: routes for the API, and what start and end need. */
export interface Composed {
  identity: Identity;
  handlers: readonly Handler[];
  /** Certificate and key of both faces; null for plain HTTP. */
  tls: { cert: Buffer; key: Buffer } | null;
  /** Listeners answer already; goes on with what an earlier process left. */
  start(): Promise<void>;
  servingEndpoints(): string[];
  /** Ends nodes, then releases and the gateway; answers how many nodes there were. */
  endAll(): Promise<number>;
  /** Stops looking after things; nodes, gateway and releases go on. */
  close(): Promise<void>;
}

/** How long `seto down` waits for nodes to end their jobs. */
const downLimitMs = 30_000;

/**
 * The one place that knows every driver: read it to see how Seto hangs together. Domains that would know each other in
 * a circle meet here through ports (admission, gate book, image book, data book).
 */
export async function compose(ground: Ground): Promise<Composed> {
  const { config, folder, store, clock, log, sandbox, urls, runtimeDir } = ground;
  const seal = createSeal(ground.secretsKey);
  const identity = createIdentity(store, clock);
  const { installationId, audit, project } = identity;
  const ca = config.tls?.ca ? readFileSync(config.tls.ca, 'utf8') : null;
  const projectPath = (id: number) => project(id)?.path ?? null;

  // Bytes, and what is made of them.
  const objects = createDiskStore(folder.objects);
  const blobs = createProjectBlobs({ store, objects, clock });
  const lineage = createLineage(store, clock);
  const datasets = createDatasets({ store, clock, blobs, lineage, audit });
  const models = createModels({ store, clock, blobs, lineage, audit });
  const base = baseLayerDigest(runtimeDir);
  const registry = createRegistry({
    store,
    clock,
    objects,
    isPublic: (digest) => digest === base,
    inUse: (digest) => deployments.keeps(digest),
  });
  const images = createImages({ store, clock, audit, registry });

  // Code and its pipelines.
  const forge = createEmbeddedForge({
    store,
    clock,
    log: log.child({ part: 'forge' }),
    objects,
    identity,
    seal,
    gitDir: folder.git,
    tracesDir: folder.traces,
    url: urls.main,
    urlFor: urls.forSite,
  });

  // Machines and money.
  const ledger = createLedger({
    store,
    clock,
    timeZone: config.timeZone,
    bootId: bootId(),
    budget: budgetSource(store, config.budget, projectPath),
  });
  const prices = createPrices({
    store,
    audit,
    clock,
    folder: folder.prices,
    sheet: config.prices.sheet === undefined ? [] : readPriceFile(config.prices.sheet),
    api: { url: config.prices.url ?? retailPricesUrl, configured: config.prices.url !== undefined },
    needed: config.pools.flatMap(({ region, vm }) => (vm === undefined ? [] : [{ region, vm }])),
    refreshed: () => declareCosts(),
  });
  const reports = createCostReports({
    store,
    clock,
    timeZone: config.timeZone,
    settings: config.budget,
    ledger,
    projectId: (path) => identity.projectByPath(path)?.id ?? null,
    scheduled: () => plannedCosts.now(),
    audit,
    estimateOf: (jobId) => expectedCosts.ofJob(jobId),
    names: { project: projectPath, person: (id) => identity.users.byId(id)?.name ?? null },
  });
  const alerts = createBudgetAlerts({
    store,
    clock,
    log: log.child({ part: 'budget' }),
    reports,
    thresholds: config.budget.thresholds,
    tell: (message) => tellWebhook(config.budget.webhook, message),
  });
  const declareCosts = () => {
    const declared = declaredCosts(
      config.fixedCosts,
      prices.book(),
      config.exchange.yenPerDollar,
      onlySimulated(config),
    );
    store.transaction(() => {
      for (const { action, name, ...detail } of declareFixedCosts(store, declared, clock.now()))
        audit('system', action, `fixed-cost:${name}`, detail);
    });
  };
  const budgetNotes = createBudgetNotes({ store, clock, timeZone: config.timeZone, projectPath });
  const pools = createPools({
    store,
    clock,
    log: log.child({ part: 'pools' }),
    audit,
    installationId,
    timeZone: config.timeZone,
    price: (pool) => poolPrice(pool, prices.book(), config.exchange.yenPerDollar),
    ledger: warnOnOverspend(ledger, budgetNotes.warned),
    notes: budgetNotes,
    forge: () => forge,
    pools: nodePools({ config, folder, clock, sandbox, installationId, runtimeDir }),
    home: (pool) => ({ url: urls.forSite(pool.config.site), ca }),
  });
  forge.setAdmission(pools.admission);
  const expectedCosts = createExpectedCosts({
    ...{ store, clock, ledger, pools: pools.list, pastRuns: forge.pastRuns, budget: reports.budget },
  });
  forge.setCosts(expectedCosts);
  forge.onChange(pools.reconciler.wake);

  // Releases: the target pulls as any registry client would, with a token that lives as long as this process.
  const puller = newToken();
  const gateway = createGatewayLink(folder.root);
  const startGateway = async () => {
    const found = await ensureGateway({
      dataDir: folder.root,
      installationId,
      runtimeDir,
      listen: config.gateway.listen,
      tls: config.tls ?? null,
      isolation: config.isolation ?? null,
      clock,
    });
    urls.gatewayListening(found.url);
  };
  const deployments = createDeployments({
    store,
    clock,
    log: log.child({ part: 'deployments' }),
    audit,
    dataDir: folder.root,
    installationId,
    epoch: identity.epoch,
    target: createProcessTarget({
      dataDir: folder.root,
      gateway,
      pull: (reference) => pullImage({ url: urls.main(), token: puller, ca }, reference),
      unpack: sandboxedUnpack(sandbox, runtimeDir),
      expected:
        base === null ? null : { digest: base, open: async () => (await baseLayer(runtimeDir)).open() },
    }),
    gateway,
    ensureGateway: startGateway,
    gates: { hasPassed: models.hasPassedGate },
    images: imageBook(images, urls, identity),
    relate: lineage.record,
    feedbackTokens: (projectId) => identity.users.tokenHashes(projectId, 'labeller'),
    labels: models.labels,
    ship: () => ({ url: urls.main(), ca }),
    predictions: config.predictions,
  });
  const monitoring = createMonitoring({
    store,
    clock,
    log: log.child({ part: 'monitoring' }),
    audit,
    objects,
    deployments,
    project,
    files: { read: forge.readFile },
    models,
    data: dataBook(datasets, blobs),
    pipelines: {
      startPipeline: forge.startPipeline,
      status: (id) => forge.readPipeline(id)?.status ?? null,
    },
    timeZone: config.timeZone,
    retention: config.predictions,
  });

  const plannedCosts = createPlannedCosts({
    ...{ clock, log: log.child({ part: 'budget' }), timeZone: config.timeZone },
    planned: monitoring.planned,
    expected: expectedCosts.ofProject,
  });

  identity.addTokens(pools.nodeTokens);
  identity.addTokens(deployments.tokens);
  identity.addTokens({ find: (hash) => (hash === sha256(puller) ? { kind: 'gateway' } : null) });
  for (const source of forge.tokens) identity.addTokens(source);

  const handlers: Handler[] = [
    ...sessionHandlers({ identity, version, openJobSession: forge.openJobSession }),
    ...oidcHandlers({ forge }),
    ...pageHandlers({ url: urls.main }),
    ...userHandlers({ identity, url: urls.main, clock }),
    ...projectHandlers({ identity, clock, url: urls.main, createRepository: forge.createRepository }),
    ...variableHandlers({ forge, identity }),
    ...gitHandlers({ forge, identity }),
    ...pipelineHandlers({ forge, identity }),
    ...jobHandlers({
      ...{ forge, identity, allow: pools.allowJob },
      budgetEvents: (jobId, nodeId) => budgetEventsOf(store, jobId, nodeId),
    }),
    ...runnerProtocolHandlers({ forge }),
    ...poolHandlers({
      ...{ pools, ledger, identity, projectPath },
      projectOfJob: (id) => jobById(store, id)?.project_id ?? null,
    }),
    ...nodeHandlers({ pools }),
    ...costHandlers({ reports, identity, events: (query) => budgetEvents(store, query) }),
    ...priceHandlers({ prices, exchange: config.exchange }),
    ...datasetHandlers({ datasets, blobs, identity }),
    ...modelHandlers({ models, blobs, lineage, identity, datasets, production: deployments }),
    ...imageHandlers({ images, identity }),
    ...registryHandlers({ registry, identity }),
    ...endpointHandlers({ deployments, identity, gatewayUrl: urls.gateway }),
    ...monitoringHandlers({ monitoring, deployments }),
    ...platformHandlers({
      version,
      checkStore: () => void store.get('SELECT 1'),
      status: () =>
        readStatus({
          identity,
          forge,
          deployments,
          pools,
          reports,
          urls,
          isolation: sandbox.ability.isolation,
        }),
      routes: () => handlers.map(({ route }) => route),
    }),
  ];

  const closing = new AbortController();
  return {
    identity,
    handlers,
    tls: config.tls ? { cert: readFileSync(config.tls.cert), key: readFileSync(config.tls.key) } : null,
    start: async () => {
      await forge.start(closing.signal);
      if (existsSync(restoredMark(folder.root))) {
        pools.holdAfterRestore();
        rmSync(restoredMark(folder.root));
      }
      declareCosts();
      pools.reconciler.start();
      await deployments.start();
      await startGateway();
      monitoring.start();
      void alerts.run(closing.signal);
      void plannedCosts.run(closing.signal);
    },
    servingEndpoints: () =>
      deployments
        .endpoints()
        .filter(({ id }) => deployments.live(id) !== null)
        .map(({ name }) => name),
    endAll: async () => {
      const ended = await pools.reconciler.endAll(downLimitMs);
      await deployments.close();
      await gateway.shutdown().catch(() => undefined);
      return ended;
    },
    close: async () => {
      closing.abort();
      await monitoring.close();
      await deployments.close();
      await pools.reconciler.stop();
      forge.close();
    },
  };
}
