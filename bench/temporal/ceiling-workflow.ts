import { proxySinks, type Sinks } from '@temporalio/workflow';

export interface BenchSinks extends Sinks {
  bench: { done(): void };
}

const { bench } = proxySinks<BenchSinks>();

/** Does nothing: the most that the server and the SDK can do. */
export async function ceiling(): Promise<void> {
  bench.done();
}
