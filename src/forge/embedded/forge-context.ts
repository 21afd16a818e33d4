import type { Identity } from '../../identity/identity.ts';
import type { Site } from '../../identity/principal.ts';
import type { Clock } from '../../shared/clock.ts';
import type { Log } from '../../shared/log.ts';
import type { Seal } from '../../shared/sealed.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Store } from '../../store/store.ts';
import type { Admission } from '../forge.ts';
import type { PipelineCosts } from '../pipeline-costs.ts';
import type { Changes } from './changes.ts';
import type { Repositories } from './git/repositories.ts';
import type { TraceFiles } from './traces/trace-files.ts';

/** What the parts of the embedded forge share. */
export interface ForgeContext {
  store: Store;
  clock: Clock;
  log: Log;
  objects: ObjectStore;
  identity: Pick<
    Identity,
    'audit' | 'projects' | 'users' | 'project' | 'projectByPath' | 'isProtected' | 'roleIn' | 'installationId'
  >;
  repositories: Repositories;
  traces: TraceFiles;
  seal: Seal;
  /** Wakes whoever waits for a job or watches one. */
  changes: Changes;
  /** Wakes readers of logs: new bytes, or a job that ended. */
  logBell: Changes;
  /** Asked inside the hand-out transaction; pools fulfil it. */
  admission: () => Admission;
  /** What pipelines cost; pools and ledger fulfil it. */
  costs: () => PipelineCosts;
  /** Where people (and nodes of site `onprem`) reach us, without a slash at the end. */
  url(): string;
  /** What jobs on nodes of a site get as SETO_URL. */
  urlFor(site: Site): string;
}
