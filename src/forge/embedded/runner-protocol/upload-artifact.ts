import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import busboy from 'busboy';
import { fault } from '../../../shared/errors.ts';
import type { ArtifactRow, Artifacts } from '../artifacts.ts';
import { type JobRow, planOf } from '../job-rows.ts';

/** `POST jobs/:id/artifacts`: chunked multipart with one file in the field `file`, streamed to the store. */
export async function uploadArtifact(
  artifacts: Artifacts,
  job: JobRow,
  query: { artifact_type: string; artifact_format: string },
  headers: IncomingHttpHeaders,
  body: Readable,
): Promise<ArtifactRow> {
  // Before the stream: what throws inside the form's events would end the whole process.
  const type = checked(query.artifact_type);
  const format = checked(query.artifact_format);
  const form = openForm(headers);
  const stored = new Promise<ArtifactRow | null>((resolve, reject) => {
    let storing: Promise<ArtifactRow> | null = null;
    form.on('file', (field, file, info) => {
      // An upload that ends within a file fails the file as well, also one that nobody reads (any more).
      file.on('error', () => undefined);
      if (field !== 'file' || storing) return file.resume();
      storing = artifacts.put(
        job.id,
        {
          type,
          format,
          filename: info.filename || 'artifacts.zip',
          expireInMs: planOf(job).artifacts?.expireInMs,
        },
        file,
      );
      storing.catch((error: unknown) => {
        file.resume();
        reject(error instanceof Error ? error : new Error(String(error)));
      });
      return file;
    });
    form.on('close', () => {
      if (storing) storing.then(resolve, reject);
      else resolve(null);
    });
    form.on('error', (error: unknown) => reject(badForm(error)));
  });
  body.on('error', (error) => form.destroy(error));
  body.on('close', () => {
    if (!body.readableEnded) form.destroy(new Error('the upload ended early'));
  });
  body.pipe(form);
  const row = await stored;
  if (row === null) throw fault('core.bad_input', { problems: 'file: missing' });
  return row;
}

function openForm(headers: IncomingHttpHeaders): ReturnType<typeof busboy> {
  try {
    return busboy({ headers, limits: { files: 1, fields: 20, fieldSize: 4096, parts: 30 } });
  } catch (error) {
    throw badForm(error);
  }
}

function badForm(error: unknown): Error {
  return fault('core.bad_input', {
    problems: `multipart: ${error instanceof Error ? error.message : 'broken'}`,
  });
}

function checked(name: string): string {
  if (!/^[a-z_]{1,40}$/.test(name))
    throw fault('core.bad_input', { problems: `artifact_type: ${name.slice(0, 40)}` });
  return name;
}
