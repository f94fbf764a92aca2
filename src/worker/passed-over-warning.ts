import type { Routing } from '../temporal/read-routing.ts';

/**
 * What to say of a worker that gets no work from Temporal but what it has started itself.
 *
 * @param own its build id; undefined: it has none
 * @returns undefined where it does get work
 */
export function passedOverWarning(
  { current, ramping }: Routing,
  own: { deploymentName: string; buildId: string | undefined },
): string | undefined {
  const { deploymentName, buildId } = own;
  if (buildId === current || (buildId !== undefined && buildId === ramping)) return undefined;
  const command = `temporal worker deployment set-current-version --deployment-name ${deploymentName}`;
  if (buildId === undefined) {
    return (
      `Temporal sends workflow tasks to build ${current} alone, and this worker has no build id: set ` +
      `TEMPORAL_WORKER_BUILD_ID, or send them to workers without one by \`${command} --unversioned\` (docs/releases.md).`
    );
  }
  return (
    `Temporal sends workflow tasks to ${current === undefined ? 'workers without a build id' : `build ${current}`}, and to ` +
    `build ${buildId} only what goes on there: it becomes current by \`${command} --build-id ${buildId}\` ` +
    '(docs/releases.md).'
  );
}
