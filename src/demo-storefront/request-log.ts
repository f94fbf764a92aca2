/** `answering` until the answer is out: a slow storefront's requests are seen while they wait. */
export type BustAnswer =
  'answering' | 'accepted' | 'superseded' | 'rejected' | 'failed' | 'unsigned' | 'malformed';

export interface LoggedRequest {
  /** 1, 2, 3 … in order of arrival. */
  seq: number;
  /** RFC 3339, UTC. */
  receivedAt: string;
  /** As the sender wrote it; not to be trusted while the answer is `unsigned`. */
  webhookId: string | null;
  itemId: string | null;
  version: number | null;
  quantity: number | null;
  answer: BustAnswer;
  httpStatus: number | null;
}

export interface RequestLog {
  add(request: Omit<LoggedRequest, 'seq' | 'answer' | 'httpStatus'>): LoggedRequest;
  answer(request: LoggedRequest, answer: BustAnswer, httpStatus: number): void;
  /** The requests behind a sequence number, oldest first. */
  after(seq: number, limit?: number): LoggedRequest[];
  /** Of all requests ever, the forgotten ones included. */
  counts(): Readonly<Record<BustAnswer, number>>;
  size(): number;
}

const LOGGED_REQUESTS = 200_000;

/** Remembers the last `most` requests. */
export function createRequestLog(most = LOGGED_REQUESTS): RequestLog {
  const requests = new Map<number, LoggedRequest>();
  const counts: Record<BustAnswer, number> = {
    answering: 0,
    accepted: 0,
    superseded: 0,
    rejected: 0,
    failed: 0,
    unsigned: 0,
    malformed: 0,
  };
  let last = 0;
  return {
    add(request) {
      last += 1;
      const logged: LoggedRequest = { seq: last, ...request, answer: 'answering', httpStatus: null };
      requests.set(last, logged);
      requests.delete(last - most);
      counts.answering += 1;
      return logged;
    },
    answer(request, answer, httpStatus) {
      counts[request.answer] -= 1;
      counts[answer] += 1;
      request.answer = answer;
      request.httpStatus = httpStatus;
    },
    after(seq, limit = most) {
      const found: LoggedRequest[] = [];
      for (let at = Math.max(seq, last - most) + 1; at <= last && found.length < limit; at += 1) {
        const request = requests.get(at);
        if (request) found.push(request);
      }
      return found;
    },
    counts: () => counts,
    size: () => requests.size,
  };
}
