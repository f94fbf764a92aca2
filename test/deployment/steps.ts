/** What became of a step, for the table. */
export interface StepResult {
  step: string;
  result: string;
  seconds: number;
  ok: boolean;
}

export interface Steps {
  results: StepResult[];
  /** Runs a step. @returns what it found, in a few words @throws what it throws, once it is noted */
  step(name: string, work: () => Promise<string>): Promise<void>;
  say(line: string): void;
}

export function createSteps(): Steps {
  const begun = Date.now();
  const results: StepResult[] = [];
  const say = (line: string): void => {
    console.error(`${String(Math.round((Date.now() - begun) / 1_000)).padStart(4)} s  ${line}`);
  };
  return {
    results,
    say,
    async step(name, work) {
      say(name);
      const from = Date.now();
      const note = (result: string, ok: boolean): void => {
        const seconds = (Date.now() - from) / 1_000;
        results.push({ step: name, result, seconds, ok });
        say(`      ${ok ? '' : 'FAILED: '}${result}`);
      };
      try {
        note(await work(), true);
      } catch (error) {
        note((error as Error).message, false);
        throw error;
      }
    },
  };
}

/** A Markdown table of them. */
export function stepTable(results: readonly StepResult[]): string {
  const lines = results.map(({ step, result, seconds, ok }) => {
    const shown = `${ok ? '' : '**failed**: '}${result.split('\n')[0] ?? ''}`.replaceAll('|', '/');
    return `| ${step} | ${shown} | ${seconds.toFixed(0)} |`;
  });
  return ['| step | result | seconds |', '| --- | --- | ---: |', ...lines].join('\n');
}
