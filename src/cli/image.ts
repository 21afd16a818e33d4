import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { collectImageGarbage, listImages, recordImage, showImage } from '../api/contract/images.ts';
import { fault } from '../shared/errors.ts';
import { say } from '../shared/text.ts';
import { type Cli, table } from './cli.ts';

interface BuildOptions {
  push?: true;
  serve?: string;
  tag?: string[];
  output?: string;
  project?: string;
  json?: true;
}

/** `seto image …` */
export function register(program: Command, cli: Cli): void {
  const image = program
    .command('image')
    .description('Container images: runtime, API code and a model in one');
  image
    .command('build')
    .description('make an image of a model folder')
    .argument('[model]', 'folder with model.onnx and model.json', 'model')
    .option('--push', 'push it to the registry; in a job, note it as the pipeline’s image')
    .option('--serve <dir>', 'pre.ts and post.ts (default: serve/ where it exists)')
    .option('--tag <name...>', 'besides the digest (default in a job: the pipeline’s id and the commit)')
    .option('--output <file>', 'write an OCI layout archive (skopeo, podman load)')
    .option('--project <path>', 'GROUP/PROJECT (default: the project of this folder)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto image build model/ --push')
    .action((model: string, options: BuildOptions) => build(cli, model, options));
  image
    .command('ls')
    .description('the images of the project')
    .option('--project <path>')
    .option('--pipeline <id>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto image ls --project factory/inspection')
    .action(async (options: { project?: string; pipeline?: string; json?: true }) => {
      const found = await (await cli.client()).call(listImages, {
        query: {
          limit: 50,
          ...(options.project === undefined ? {} : { project: options.project }),
          ...(options.pipeline === undefined ? {} : { pipeline: Number(options.pipeline) }),
        },
      });
      if (options.json) return cli.json(found);
      const rows = found.map((each) => [
        shortDigest(each.digest),
        each.repository,
        `#${each.pipelineId}`,
        each.modelDigest.slice(0, 12),
        new Date(each.createdAt).toISOString(),
      ]);
      for (const line of table([['IMAGE', 'REPOSITORY', 'PIPELINE', 'MODEL', 'CREATED'], ...rows]))
        cli.print(line);
    });
  image
    .command('show')
    .description('one image: its labels, layers and pipelines')
    .argument('<image>', 'digest, its first digits, or a tag')
    .option('--project <path>')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto image show sha256:3f2a --project factory/inspection')
    .action(async (reference: string, options: { project?: string; json?: true }) => {
      const [group = '', name = ''] = (await cli.projectHere(options.project)).split('/');
      const shown = await (await cli.client()).call(showImage, { params: { group, name, reference } });
      if (options.json) return cli.json(shown);
      cli.print(`${shown.repository}@${shown.digest}`);
      for (const line of table(Object.entries(shown.labels))) cli.print(`  ${line}`);
      for (const line of table(shown.layers.map((each) => [shortDigest(each.digest), megabytes(each.size)])))
        cli.print(`  ${line}`);
      for (const each of shown.made)
        cli.print(`  #${each.pipelineId}  ${new Date(each.createdAt).toISOString()}`);
    });
  image
    .command('gc')
    .description('delete layers that no image refers to (administrators)')
    .option('--json')
    .addHelpText('after', '\nExample:\n  seto image gc')
    .action(async (options: { json?: true }) => {
      const freed = await (await cli.client()).call(collectImageGarbage, { silenceMs: 0 });
      if (options.json) return cli.json(freed);
      cli.print(say(cli.lang, 'image.freed', { blobs: freed.blobs, size: megabytes(freed.bytes) }));
    });
}

async function build(cli: Cli, model: string, options: BuildOptions): Promise<void> {
  const started = performance.now();
  const modelDir = path.resolve(cli.cwd, model);
  for (const name of ['model.onnx', 'model.json'])
    if (!existsSync(path.join(modelDir, name))) throw fault('image.no_model', { dir: model });
  const serve = path.resolve(cli.cwd, options.serve ?? 'serve');
  const [{ assembleImage, modelLabel, modelNameLabel }, { modelDigest }, { runtimeHere }, manifests] =
    await Promise.all([
      import('../images/assemble.ts'),
      import('../models/digest.ts'),
      import('../images/runtime-here.ts'),
      import('../serving/model-manifest.ts'),
    ]);
  const manifest = manifests.parseModelManifest(readFileSync(path.join(modelDir, 'model.json'), 'utf8'));
  const digest = await modelDigest(modelDir);
  const revision = cli.env['CI_COMMIT_SHA'];
  const image = await assembleImage({
    runtimeDir: await runtimeHere(cli.env),
    serveDir: options.serve !== undefined || existsSync(serve) ? serve : null,
    modelDir,
    labels: {
      [modelLabel]: digest,
      [modelNameLabel]: manifest.name,
      ...(revision === undefined ? {} : { 'org.opencontainers.image.revision': revision }),
      ...(cli.env['CI_PROJECT_URL'] === undefined
        ? {}
        : { 'org.opencontainers.image.source': cli.env['CI_PROJECT_URL'] }),
    },
  });
  if (options.output !== undefined) {
    const { writeLayout } = await import('../images/sinks/oci-layout.ts');
    await writeLayout(image, path.resolve(cli.cwd, options.output), options.tag?.[0] ?? 'latest');
  }
  const pushed = options.push ? await push(cli, image, digest, options) : null;
  const seconds = (performance.now() - started) / 1000;
  const size = image.layers.reduce((sum, layer) => sum + layer.descriptor.size, 0);
  if (options.json)
    return cli.json({
      digest: image.digest,
      modelDigest: digest,
      size,
      repository: pushed?.repository ?? null,
      sentBytes: pushed?.sentBytes ?? 0,
      seconds,
    });
  cli.print(
    say(cli.lang, 'image.built', {
      image: pushed === null ? image.digest : `${pushed.repository}@${image.digest}`,
      size: megabytes(size),
      sent: megabytes(pushed?.sentBytes ?? 0),
      seconds: seconds.toFixed(2),
    }),
  );
}

async function push(
  cli: Cli,
  image: import('../images/image.ts').Image,
  modelDigest: string,
  options: BuildOptions,
): Promise<{ repository: string; sentBytes: number }> {
  const [{ registryClient }, { pushImage }, { createOutbound }] = await Promise.all([
    import('../images/registry-client.ts'),
    import('../images/sinks/registry-sink.ts'),
    import('../shared/outbound.ts'),
  ]);
  const client = await cli.client();
  const token = await client.token();
  if (token === null) throw fault('image.no_pipeline');
  const repository = await cli.projectHere(options.project);
  const pipeline = cli.env['CI_PIPELINE_ID'];
  const tags = options.tag ?? [pipeline, cli.env['CI_COMMIT_SHORT_SHA']].flatMap((each) => each ?? []);
  const outbound = createOutbound({ allow: [client.url], env: cli.env });
  const progress = cli.progress(say(cli.lang, 'image.pushing', { repository }));
  try {
    const registry = registryClient({
      outbound,
      url: client.url,
      repository,
      authorization: `Bearer ${token}`,
    });
    const { sentBytes } = await pushImage(image, registry, { tags, onProgress: progress.update });
    if (cli.env['CI_JOB_ID'] !== undefined)
      await client.call(recordImage, {
        body: { repository, digest: image.digest, modelDigest, tag: tags[0] ?? null },
      });
    progress.done();
    return { repository, sentBytes };
  } finally {
    await outbound.close();
  }
}

function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
