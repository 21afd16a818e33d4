/** Whether a model passed its accuracy test on-premises in this project; the gate fulfils it. */
export interface GateBook {
  hasPassed(modelDigest: string, projectId: number): boolean;
}

/** What deployments must know of an image. */
export interface ImageFacts {
  /** By digest: what the target pulls. */
  reference: string;
  digest: string;
  pipelineId: number | null;
  modelDigest: string | null;
  modelName: string | null;
}

/** The images that were built here; the image domain fulfils it. */
export interface ImageBook {
  /** The image that a pipeline built last, as a reference; null where it built none. */
  imageOfPipeline(pipelineId: number): string | null;
  /** What is known of an image of the project; null where there is none. */
  describe(reference: string, projectId: number): Promise<ImageFacts | null>;
}

/** What happens to releases goes into the lineage: (subject, relation, object). */
export type Relate = (subject: string, relation: string, object: string) => void;

/** What a model tells apart; null where it is not known. The model domain fulfils it. */
export type ModelLabels = (modelDigest: string) => readonly string[] | null;

/** SHA-256 of the tokens of people who may give feedback in a project; identity fulfils it. */
export type FeedbackTokens = (projectId: number) => readonly string[];
