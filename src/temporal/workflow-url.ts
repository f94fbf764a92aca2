/** Where Temporal's Web UI is, and which namespace the workflows are in; and where spans are seen. */
export interface WebUi {
  /** Without a slash at its end. */
  temporalUiUrl: string;
  namespace: string;
  /** With `{traceId}` in it; undefined: nowhere that is known. */
  traceUiUrl?: string | undefined;
}

/** The Web UI's page of a workflow; it leads on to the latest run. */
export function workflowUrl({ temporalUiUrl, namespace }: WebUi, workflowId: string): string {
  return `${temporalUiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
