import type { Signal } from './signal.ts';

export const queueLag: Signal = {
  name: 'queue_lag',
  title: 'Queue lag',
  owner: 'Infra',
  target: '< 90 s',
  bound: { below: 90 },
  unit: 'seconds',
  atLeast: 1,
  onMiss: 'stop',
  whatToDo: () => '',
  read: async () => Promise.resolve([]),
};
