import { treeProgram } from '../runtime/tree.ts';
import { baseLayer, imageUser } from './base-layer.ts';
import { appendLayers, type Image, type Layer, makeImage, sorted, withRunConfig } from './image.ts';
import { folderEntries, layerOf } from './layer.ts';

export interface AssembleInput {
  /** The runtime tree (in a job: /opt/seto). */
  runtimeDir: string;
  /** `serve/` of the commit with pre.ts and post.ts; null where there is none. */
  serveDir: string | null;
  /** The model folder; lands at /model. */
  modelDir: string;
  /** Besides the model's digest; see `labelsOf`. */
  labels: Readonly<Record<string, string>>;
  /** Where not our own base: an image with glibc from a registry; the runtime tree is laid over it. */
  base?: Image;
}

/** Where things lie in an image. */
const imagePaths = { runtime: '/opt/seto', model: '/model', serve: '/serve' } as const;

/** Names the digest of the model folder inside; `seto deploy` looks for the verdict on it. */
export const modelLabel = 'dev.seto.model.digest';
/** Names the model; the gate compares a candidate with the live release whose model has the same name. */
export const modelNameLabel = 'dev.seto.model.name';

/**
 * Puts runtime tree, the commit's API code and a model together, without a daemon and without the clock: the same
 * contents give the same digest on every machine.
 */
export async function assembleImage({
  runtimeDir,
  serveDir,
  modelDir,
  labels,
  base,
}: AssembleInput): Promise<Image> {
  const layers: Layer[] = [await baseLayer(runtimeDir)];
  if (serveDir !== null) layers.push(await layerOf(await folderEntries(serveDir, 'serve')));
  layers.push(await layerOf(await folderEntries(modelDir, 'model')));
  const run = {
    User: imageUser,
    Env: [
      'ORT_DISABLE_TELEMETRY=1',
      `SETO_MODEL=${imagePaths.model}`,
      'HOME=/tmp',
      'LANG=C.UTF-8',
      `SETO_MODEL_DIGEST=${labels[modelLabel] ?? ''}`,
    ],
    Entrypoint: [`${imagePaths.runtime}/bin/node`, `${imagePaths.runtime}/${treeProgram('serving/main')}`],
    Cmd: [
      ...['--model', imagePaths.model],
      ...(serveDir === null ? [] : ['--serve', imagePaths.serve]),
      ...['--listen', '0.0.0.0:8080'],
    ],
    WorkingDir: '/',
    ExposedPorts: { '8080/tcp': {} },
    Labels: sorted(labels),
  };
  if (base !== undefined) return withRunConfig(appendLayers(base, layers), run);
  return makeImage({ architecture: 'amd64', os: 'linux', config: run }, layers);
}
