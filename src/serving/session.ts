import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { fault } from '../shared/errors.ts';
import { checkOnnx } from './external-data.ts';
import { checkOutput, type ModelManifest, parseModelManifest } from './model-manifest.ts';

/** A model in memory, ready to score. */
export interface OpenModel {
  manifest: ModelManifest;
  /** Whether the graph takes several pictures at once. */
  batches: boolean;
  /**
   * Scores of pictures, one row a picture in the order of `labels`. `tensors` holds them one after the other, each
   * of the manifest's shape. Throws `serving.bad_tensor` where the length is not a multiple of one picture's.
   */
  predict(tensors: Float32Array): Promise<Float32Array[]>;
  close(): Promise<void>;
}

/** A model larger than this is refused before it is read into memory. */
const modelLimitBytes = 2 ** 31 - 1;

/**
 * Loads model.json and model.onnx of a folder and runs the graph once on zeros, so that whatever does not fit is
 * told at the start and not at the first part on the line. Nothing else in the folder is read: external data is
 * refused. Throws `serving.no_model`, `serving.bad_manifest`, `serving.broken_model`, `serving.external_data`,
 * `serving.model_mismatch`, `serving.labels_mismatch`.
 *
 * `threads`: of one inference; 1 is right for small nets (more only wait for each other).
 */
export async function openModel(dir: string, options: { threads?: number } = {}): Promise<OpenModel> {
  const manifest = parseModelManifest((await readModelFile(dir, 'model.json')).toString());
  const bytes = await readModelFile(dir, 'model.onnx');
  checkOnnx(bytes, dir);
  const { InferenceSession: Session, Tensor } = await loadRuntime();
  const session = await Session.create(bytes, {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads ?? 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 4,
  }).catch((cause: unknown) => {
    throw fault('serving.broken_model', { reason: firstLine(cause) }, { cause });
  });
  const { batches } = checkNames(session, manifest);
  const [, channels, height, width] = manifest.input.shape;
  const size = channels * height * width;
  const runOnce = async (data: Float32Array, count: number): Promise<Float32Array[]> => {
    const input = new Tensor('float32', data, [count, channels, height, width]);
    const output = (await session.run({ [manifest.input.name]: input }, [manifest.output.name]))[
      manifest.output.name
    ];
    if (output === undefined || !(output.data instanceof Float32Array))
      throw fault('serving.model_mismatch', { problem: `output ${manifest.output.name} is not float32` });
    const { data: scores } = output;
    checkOutput(manifest, scores.length / count);
    const each = manifest.labels.length;
    return Array.from({ length: count }, (_, index) => scores.slice(index * each, (index + 1) * each));
  };
  await runOnce(new Float32Array(size), 1).catch((cause: unknown) => {
    if (cause instanceof Error && cause.name === 'SetoError') throw cause;
    throw fault('serving.model_mismatch', { problem: firstLine(cause) }, { cause });
  });
  return {
    manifest,
    batches,
    predict: async (tensors) => {
      const count = tensors.length / size;
      if (count === 0 || !Number.isInteger(count))
        throw fault('serving.bad_tensor', { expected: `N × ${size}`, got: tensors.length });
      if (count === 1 || batches) return runOnce(tensors, count);
      const rows: Float32Array[] = [];
      for (let index = 0; index < count; index += 1)
        rows.push(...(await runOnce(tensors.subarray(index * size, (index + 1) * size), 1)));
      return rows;
    },
    close: () => session.release(),
  };
}

/** Loads onnxruntime with its telemetry off: it reads the variable when it is loaded, never later. */
async function loadRuntime(): Promise<typeof import('onnxruntime-node')> {
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  return import('onnxruntime-node');
}

function checkNames(session: InferenceSession, manifest: ModelManifest): { batches: boolean } {
  const { input, output } = manifest;
  const complain = (problem: string): never => {
    throw fault('serving.model_mismatch', { problem });
  };
  if (!session.inputNames.includes(input.name) || session.inputNames.length !== 1)
    complain(`its inputs are ${session.inputNames.join(', ')}; model.json says ${input.name}`);
  if (!session.outputNames.includes(output.name))
    complain(`its outputs are ${session.outputNames.join(', ')}; model.json says ${output.name}`);
  const declared = session.inputMetadata.find((each) => each.name === input.name);
  if (declared === undefined || !declared.isTensor) return { batches: false };
  if (declared.type !== 'float32') complain(`its input takes ${declared.type}, not float32`);
  const { shape } = declared;
  const fits =
    shape.length === 4 &&
    shape.every((size, index) => typeof size === 'string' || size < 0 || size === input.shape[index]);
  if (!fits)
    complain(`its input has the shape [${shape.join(', ')}]; model.json says [${input.shape.join(', ')}]`);
  const [first] = shape;
  return { batches: typeof first === 'string' || (first ?? 0) < 0 };
}

async function readModelFile(dir: string, name: string): Promise<Buffer> {
  try {
    const file = path.join(dir, name);
    if ((await stat(file)).size > modelLimitBytes)
      throw fault('core.too_large', { what: name, limit: '2 GB' });
    return await readFile(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw fault('serving.no_model', { file: name }, { cause });
  }
}

/** The runtime's own words, without the place in its source that it puts before them. */
function firstLine(cause: unknown): string {
  const [line = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
  return line
    .replace(/\/onnxruntime_src\/\S+ [^()]*\([^()]*\) /, '')
    .replace(/\.$/, '')
    .slice(0, 300);
}
