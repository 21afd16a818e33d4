import type { Store } from '../store/store.ts';
import type { PredictionRows } from './prediction-rows.ts';

/** A true label, told later. */
export interface Feedback {
  id: string;
  endpointId: number;
  /** One of the two names the prediction. */
  predictionId: string | null;
  reference: string | null;
  label: string;
  by: string;
  at: number;
}

/**
 * Feedback rows and their match with predictions. Either may arrive first: feedback straight from a person, a
 * prediction a second later from the gateway's spool. A reference names the newest prediction with it that was made
 * before the feedback.
 */
export interface FeedbackBook {
  /** Inside a transaction. Known ids change nothing. True where its prediction is known. */
  add(feedback: Feedback): boolean;
  /** Inside a transaction: gives a prediction that just arrived the feedback that waited for it. */
  predictionArrived(prediction: {
    id: string;
    endpointId: number;
    reference: string | null;
    at: number;
  }): void;
  waiting(endpointId: number): number;
  total(endpointId: number): number;
}

interface Waiting {
  id: string;
  label: string;
  at: number;
}

export function createFeedbackBook(store: Store, predictions: PredictionRows): FeedbackBook {
  const count = (where: string, endpointId: number): number =>
    store.get<{ n: number }>(`SELECT count(*) AS n FROM feedback WHERE endpoint_id = ?${where}`, endpointId)
      ?.n ?? 0;
  const match = (feedbackId: string, predictionId: string, label: string, at: number): void => {
    predictions.setFeedback(predictionId, label, at);
    store.run('UPDATE feedback SET matched = ? WHERE id = ?', predictionId, feedbackId);
  };
  return {
    add: (feedback) => {
      const { changes } = store.run(
        'INSERT OR IGNORE INTO feedback (id, endpoint_id, prediction_id, reference, label, given_by, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
        feedback.id,
        feedback.endpointId,
        feedback.predictionId,
        feedback.reference,
        feedback.label,
        feedback.by,
        feedback.at,
      );
      if (changes === 0) return true;
      const { predictionId, reference, endpointId, at } = feedback;
      const found =
        predictionId === null
          ? reference === null
            ? null
            : predictions.newestByReference(endpointId, reference, at)
          : predictions.exists(predictionId, endpointId)
            ? predictionId
            : null;
      if (found === null) return false;
      match(feedback.id, found, feedback.label, at);
      return true;
    },
    predictionArrived: ({ id, endpointId, reference, at }) => {
      const waiting = store.all<Waiting>(
        'SELECT id, label, at FROM feedback WHERE endpoint_id = ? AND matched IS NULL AND (prediction_id = ? OR (reference = ? AND at >= ?)) ORDER BY at',
        endpointId,
        id,
        reference,
        at,
      );
      for (const each of waiting) match(each.id, id, each.label, each.at);
    },
    waiting: (endpointId) => count(' AND matched IS NULL', endpointId),
    total: (endpointId) => count('', endpointId),
  };
}
