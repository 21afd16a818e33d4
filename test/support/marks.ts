import { createServer, type Socket } from 'node:net';

/** One run of a job: from its first line until the last of its processes has gone. Wall milliseconds. */
export interface Mark {
  /** What the job calls itself: `PIPELINE/JOB`. */
  job: string;
  /** CI_JOB_ID of the attempt. */
  attempt: string;
  from: number;
  to: number | null;
}

/**
 * Listens for jobs that say they run. A job opens a connection and keeps it, so the kernel ends the mark when the job's
 * last process is gone, however it went: two marks of one job that overlap are a double run.
 */
export interface Marks {
  port: number;
  /** The line of a job's script that makes its mark. */
  script: string;
  of(job: string): Mark[];
  all(): Mark[];
  /** Jobs that ran twice at once. */
  doubles(): string[];
  close(): Promise<void>;
}

export async function openMarks(): Promise<Marks> {
  const marks: Mark[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = '';
    let mark: Mark | null = null;
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (mark !== null || !text.includes('\n')) return;
      const [job = '', attempt = ''] = text.trim().split(' ');
      mark = { job, attempt, from: Date.now(), to: null };
      marks.push(mark);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sockets.delete(socket);
      if (mark !== null) mark.to = Date.now();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    script: `exec 9<>/dev/tcp/127.0.0.1/${port}; echo "$CI_PIPELINE_ID/$CI_JOB_NAME $CI_JOB_ID" >&9`,
    of: (job) => marks.filter((mark) => mark.job === job),
    all: () => marks,
    doubles: () =>
      marks
        .filter((one, at) =>
          marks.some(
            (other, index) =>
              index !== at &&
              one.job === other.job &&
              one.from <= other.from &&
              (one.to ?? Number.POSITIVE_INFINITY) > other.from,
          ),
        )
        .map(({ job }) => job),
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
