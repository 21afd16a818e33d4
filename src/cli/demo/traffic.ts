import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { fault } from '../../shared/errors.ts';
import { createOutbound, type Outbound } from '../../shared/outbound.ts';
import type { DemoPicture } from './pictures.ts';

const answer = z.object({
  predictionId: z.string(),
  label: z.string(),
  score: z.number(),
  decision: z.enum(['pass', 'reject', 'unsure']).nullable(),
  model: z.object({ name: z.string(), version: z.string() }),
});

export interface Answered {
  picture: DemoPicture;
  predictionId: string;
  label: string;
  decision: 'pass' | 'reject' | 'unsure' | null;
  version: string;
}

/** What inspection counts: right labels, defects let through, sound parts stopped. Rates from 0 to 1. */
export interface Score {
  pictures: number;
  accuracy: number;
  /** Share of pictures with a reject label that were given a sound one; null without reject labels. */
  missed: number | null;
  falseAlarms: number | null;
}

/** A user's own client of an endpoint: plain HTTP, nothing of ours in it. */
export interface EndpointClient {
  predict(picture: DemoPicture, serial?: string): Promise<Answered>;
  /** All pictures, `parallel` at a time, in order of the answers' pictures. */
  predictAll(pictures: readonly DemoPicture[], serialOf?: (at: number) => string): Promise<Answered[]>;
  /** Predicts one picture after the other until stopped; counts what was not a good answer. */
  keepPredicting(pictures: readonly DemoPicture[]): { stop(): Promise<{ sent: number; failed: string[] }> };
  close(): Promise<void>;
}

const parallel = 4;
/** Between two pictures of the client that keeps predicting: a line takes its time, and training needs the cores. */
const pauseMs = 30;

export function endpointClient(url: string): EndpointClient {
  const outbound = createOutbound({ allow: [new URL(url).origin], env: {} });
  const predict: EndpointClient['predict'] = (picture, serial) => ask(outbound, url, picture, serial);
  return {
    predict,
    predictAll: async (pictures, serialOf) => {
      const answers: Answered[] = [];
      let next = 0;
      const worker = async () => {
        for (let at = next++; at < pictures.length; at = next++) {
          const picture = pictures[at];
          if (picture) answers[at] = await predict(picture, serialOf?.(at));
        }
      };
      await Promise.all(Array.from({ length: parallel }, worker));
      return answers;
    },
    keepPredicting: (pictures) => {
      let going = true;
      let sent = 0;
      const failed: string[] = [];
      const loop = async (offset: number) => {
        for (let at = offset; going; at += 2) {
          const picture = pictures[at % pictures.length];
          if (!picture) return;
          sent += 1;
          await predict(picture).catch((error: unknown) => failed.push(String(error)));
          await new Promise((resolve) => setTimeout(resolve, pauseMs));
        }
      };
      const running = Promise.all([loop(0), loop(1)]);
      return {
        stop: async () => {
          going = false;
          await running;
          return { sent, failed };
        },
      };
    },
    close: () => outbound.close(),
  };
}

async function ask(
  outbound: Outbound,
  url: string,
  picture: DemoPicture,
  serial: string | undefined,
): Promise<Answered> {
  const response = await outbound.request(`${url}/predict`, {
    method: 'POST',
    headers: {
      'content-type': 'application/octet-stream',
      'x-seto-group': picture.group,
      ...(serial === undefined ? {} : { 'x-seto-reference': serial }),
    },
    body: picture.bytes,
  });
  const body = await text(response.body);
  if (response.status !== 200)
    throw fault('demo.figure', { expected: '200', seen: `${response.status} ${body.slice(0, 300)}` });
  const { predictionId, label, decision, model } = answer.parse(JSON.parse(body));
  return { picture, predictionId, label, decision, version: model.version };
}

/** Scores answers against the pictures' own labels; `reject` lists the labels that stand for a defect. */
export function scoreOf(answers: readonly Answered[], reject: readonly string[]): Score {
  const bad = answers.filter(({ picture }) => reject.includes(picture.label));
  const good = answers.filter(({ picture }) => !reject.includes(picture.label));
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const stopped = (each: Answered) => reject.includes(each.label);
  return {
    pictures: answers.length,
    accuracy:
      answers.filter(({ picture, label }) => picture.label === label).length / Math.max(1, answers.length),
    missed: reject.length === 0 ? null : share(bad.filter((each) => !stopped(each)).length, bad.length),
    falseAlarms: reject.length === 0 ? null : share(good.filter(stopped).length, good.length),
  };
}
