import { broken, kept, untried, type StorefrontPromise } from './promise.ts';

export const answersInTime: StorefrontPromise = {
  id: 'answers-in-time',
  name: 'answers in time',
  why:
    'A first try waits two seconds and no longer: one that is slower is told of everything twice, and holds the ' +
    'queue up for that long each time.',
  todo: 'Answer within two seconds: take the message in, answer, and do what takes long afterwards.',
  async try({ tookMs: [first, ...others], slowMs }) {
    // The first one finds caches cold and connections closed.
    const slowest = Math.max(...(others.length > 0 ? others : [first ?? 0]));
    if (first === undefined) return untried('nothing was sent');
    const words = `the slowest of ${Math.max(1, others.length)} answers took ${slowest} ms`;
    return slowest > slowMs ? broken(`${words}, and ${slowMs} ms is the most`) : kept(words);
  },
};
