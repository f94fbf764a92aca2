import type { Answer } from '../../../storefront/answer.ts';
import * as judge from '../judge-answer.ts';
import { broken, type Outcome } from '../promise.ts';

/** Holds an answer to being a yes. What the kind says of a shop that could not be told, says what to set. */
export function taken(answer: Answer): Outcome {
  return answer.kind === 'unreachable'
    ? broken(`it could not be told: ${answer.reason}`)
    : judge.taken(answer);
}
