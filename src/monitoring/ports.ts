import type { ModelManifest } from '../serving/model-manifest.ts';

/** Files of a project at a ref; the forge fulfils it. */
export interface ProjectFiles {
  /** The text of a file at a branch, tag or commit; null where there is none. */
  read(projectId: number, ref: string, path: string): Promise<string | null>;
}

/** model.json of models that are kept; the model domain fulfils it. */
export interface ModelBook {
  manifest(modelDigest: string): Promise<ModelManifest | null>;
  /** What the model tells apart. */
  labels(modelDigest: string): readonly string[] | null;
}

/** A labelled picture that joins a data set. Its bytes lie in the object store under `blobKey(sha256)`. */
export interface Addition {
  sha256: string;
  size: number;
  /** Its name below the label's folder. */
  path: string;
  /** The part given with the picture; null: that of a picture of identical content, else its content hash. */
  group: string | null;
  label: string;
}

/** Data sets as retraining uses them; the data domain fulfils it. */
export interface DataBook {
  /** The newest snapshot of a data set that the project may write; null where there is none. */
  newest(name: string, projectId: number): string | null;
  /** A snapshot of `base` with the pictures added; content that is there under another label moves. Repeatable. */
  append(request: { name: string; base: string; additions: Addition[]; actor: string }): Promise<string>;
}

/** The one thing monitoring asks of CI. */
export interface PipelineStarter {
  startPipeline(request: {
    projectId: number;
    ref: string;
    source: 'trigger';
    userId: number;
    variables: Readonly<Record<string, string>>;
    idempotencyKey: string;
  }): Promise<{ pipelineId: number }>;
  /** GitLab's word for the pipeline's state; null where it is unknown. */
  status(pipelineId: number): string | null;
}
