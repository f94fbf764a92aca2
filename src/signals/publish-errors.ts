import type { Signal } from './signal.ts';

export const publishErrors: Signal = {
  name: 'publish_errors',
  title: 'Publish errors',
  owner: 'Storefront',
  target: '< 0.5 %',
  bound: { below: 0.005 },
  unit: 'fraction',
  atLeast: 200,
  onMiss: 'stop',
  whatToDo: () => '',
  read: async () => Promise.resolve([]),
};
