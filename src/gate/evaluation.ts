/** What a model said of one picture. */
export interface Judged {
  /** In the data folder. */
  path: string;
  sha256: string;
  group: string;
  /** The true label: its folder. */
  truth: string;
  label: string;
  decision: 'pass' | 'reject' | 'unsure' | null;
}

/** What a model said of every test picture of a folder. */
export interface Evaluation {
  model: { name: string; digest: string };
  /** In the model's order. */
  labels: readonly string[];
  /** The labels of its decision that mean "take it out"; null where it decides nothing. */
  reject: readonly string[] | null;
  pictures: readonly Judged[];
}
