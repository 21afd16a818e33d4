/** The model that the gate compares with; deployments fulfil it (through compose). */
export interface ProductionModels {
  /**
   * The newest live release of the project whose model has this name, or the live release of the endpoint named
   * (its model may have another name). Null where nothing is live.
   */
  newestLive(
    projectId: number,
    modelName: string,
    endpoint?: string,
  ): { modelDigest: string; endpoint: string } | null;
}
