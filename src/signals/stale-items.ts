import type { Signal } from './signal.ts';

export const staleItems: Signal = {
  name: 'stale_items',
  title: 'Stale items',
  owner: 'Platform',
  target: '< 1 %',
  bound: { below: 0.01 },
  unit: 'fraction',
  atLeast: 1,
  onMiss: 'stop',
  whatToDo: () => '',
  read: async () => Promise.resolve([]),
};
