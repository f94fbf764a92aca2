import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import proto from '@temporalio/proto';
import Long from 'long';
import { ownQueue, payloads } from './rogue.ts';

const { Acceptance, Request, Response } = proto.temporal.api.update.v1;
const UPDATE = 'type.googleapis.com/temporal.api.update.v1';

/** What a stranger answers a workflow's update with. */
export type Invented =
  { success: unknown } | { failure: { type: string; message: string; details?: unknown[] } };

/**
 * Runs a workflow in the place of one of ours, and answers its updates with inventions.
 *
 * @param invent is given what the update was sent with
 * @returns ends it
 */
export async function answerUpdates(
  hostile: Client,
  workflow: { type: string; workflowId: string },
  invent: (update: unknown) => Promise<Invented>,
): Promise<() => Promise<void>> {
  const { namespace } = hostile.options;
  const taskQueue = ownQueue();
  const { type, workflowId } = workflow;
  const handle = await hostile.workflow.start(type, {
    ...{ workflowId, taskQueue, args: [{}] },
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
  // The last poll, on a queue of nobody else, ends with the connection.
  const answering = (async () => {
    for (;;) {
      const task = await hostile.workflowService.pollWorkflowTaskQueue({
        ...{ namespace, taskQueue: { name: taskQueue } },
      });
      if (!task.taskToken?.length) continue;
      const [request] = task.messages ?? [];
      await hostile.workflowService.respondWorkflowTaskCompleted({
        ...{ namespace, taskToken: task.taskToken },
        ...(request && (await answerTo(request, invent))),
      });
    }
  })();
  answering.catch(() => undefined);
  return async () => {
    await handle.terminate('the end of the test').catch(() => undefined);
  };
}

/** Of Temporal's protocol for updates. */
export interface Message {
  id?: string | null;
  protocolInstanceId?: string | null;
  eventId?: Long | null;
  body?: { value?: Uint8Array | null } | null;
}

/** Accepts an update and ends it, in one task. */
export async function answerTo(
  { id, protocolInstanceId = null, eventId = null, body }: Message,
  invent: (update: unknown) => Promise<Invented>,
) {
  const request = Request.decode(body?.value ?? new Uint8Array());
  const [first] = request.input?.args?.payloads ?? [];
  const invented = await invent(first && defaultPayloadConverter.fromPayload(first));
  const outcome =
    'success' in invented
      ? { success: payloads(invented.success) }
      : {
          failure: {
            message: invented.failure.message,
            applicationFailureInfo: {
              ...{ type: invented.failure.type, nonRetryable: true },
              details: {
                payloads: (invented.failure.details ?? []).map((one) =>
                  defaultPayloadConverter.toPayload(one),
                ),
              },
            },
          },
        };
  const accepted = Acceptance.encode({
    acceptedRequestMessageId: id ?? '',
    acceptedRequestSequencingEventId: eventId ?? Long.ZERO,
    acceptedRequest: request,
  }).finish();
  const ended = Response.encode({ meta: request.meta ?? null, outcome }).finish();
  const messages = [
    { id: 'accepts', protocolInstanceId, body: { type_url: `${UPDATE}.Acceptance`, value: accepted } },
    { id: 'ends', protocolInstanceId, body: { type_url: `${UPDATE}.Response`, value: ended } },
  ];
  return {
    messages,
    commands: messages.map(({ id: messageId }) => ({
      // PROTOCOL_MESSAGE
      commandType: 14,
      protocolMessageCommandAttributes: { messageId },
    })),
  };
}
