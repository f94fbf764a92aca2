import { afterEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { toJson, wantsColour } from '../../src/cli/output.ts';
import { traceSchema } from '../../src/http/routes/trace-schema.ts';
import { renderTrace } from '../../src/cli/trace/render-trace.ts';
import { widthOf } from '../../src/cli/terminal-text.ts';
import { sampleTrace } from './sample-trace.ts';

const terminal = { isTTY: true };

afterEach(() => vi.unstubAllEnvs());

describe('what a trace looks like', () => {
  it('without colour, as NO_COLOR asks for', async () => {
    vi.stubEnv('NO_COLOR', '1');
    vi.stubEnv('TERM', 'xterm-256color');
    const text = renderTrace(sampleTrace, { colour: wantsColour(terminal) });
    expect(text).not.toContain('\u001b');
    expect(text.split('\n').filter((line) => widthOf(line) > 80 && !line.startsWith('http'))).toEqual([]);
    await expect(text).toMatchFileSnapshot('snapshots/trace.txt');
  });

  it('with colour, on a terminal', async () => {
    vi.stubEnv('NO_COLOR', '');
    vi.stubEnv('TERM', 'xterm-256color');
    const text = renderTrace(sampleTrace, { colour: wantsColour(terminal) });
    await expect(text.replaceAll('\u001b', '␛')).toMatchFileSnapshot('snapshots/trace-in-colour.txt');
  });

  it('as JSON, by the schema that the API publishes', async () => {
    const printed: unknown = JSON.parse(toJson(sampleTrace));
    // What the schema does not know it leaves out.
    expect(traceSchema.parse(printed)).toEqual(printed);
    await expect(JSON.stringify(z.toJSONSchema(traceSchema), null, 2)).toMatchFileSnapshot(
      'snapshots/trace-schema.json',
    );
    await expect(JSON.stringify(printed, null, 2)).toMatchFileSnapshot('snapshots/trace.json');
  });
});
