{{- define "catalog-sync.name" -}}
{{- if contains "catalog-sync" .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-catalog-sync" .Release.Name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}

{{- define "catalog-sync.selector" -}}
app.kubernetes.io/name: catalog-sync
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "catalog-sync.labels" -}}
{{ include "catalog-sync.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "catalog-sync.image" -}}
{{ required "image.repository: where the image of ops/Dockerfile was pushed to" .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Secrets come as files, as with docker compose: none stands in an environment. */}}
{{- define "catalog-sync.secretFiles" -}}
{{- $values := .root.Values }}
{{- $database := index $values.database .component }}
- { variable: DATABASE_URL_FILE, file: database_url, secret: {{ required (printf "database.%s.secret: the Secret with its address" .component) $database.secret }}, key: {{ $database.key }} }
- { variable: SECRETS_KEYS_FILE, file: secrets_keys, secret: {{ required "secretsKeys.secret: the Secret with the keys" $values.secretsKeys.secret }}, key: {{ $values.secretsKeys.key }} }
{{- if and $values.metricsToken.secret (has .component (list "server" "worker")) }}
- { variable: METRICS_TOKEN_FILE, file: metrics_token, secret: {{ $values.metricsToken.secret }}, key: {{ $values.metricsToken.key }} }
{{- end }}
{{- if and $values.oidcClientSecret.secret (eq .component "server") }}
- { variable: OIDC_CLIENT_SECRET_FILE, file: oidc_client_secret, secret: {{ $values.oidcClientSecret.secret }}, key: {{ $values.oidcClientSecret.key }} }
{{- end }}
{{- end }}

{{- define "catalog-sync.environment" -}}
{{- $temporal := .root.Values.temporal }}
- { name: HOST, value: 0.0.0.0 }
- { name: PORT, value: '8080' }
- { name: METRICS_PORT, value: '9464' }
- { name: TEMPORAL_ADDRESS, value: {{ required "temporal.address: HOST:PORT" $temporal.address | quote }} }
- { name: TEMPORAL_NAMESPACE, value: {{ $temporal.namespace | quote }} }
{{- with $temporal.uiUrl }}
- { name: TEMPORAL_UI_URL, value: {{ . | quote }} }
{{- end }}
{{- if $temporal.encryptPayloads }}
- { name: TEMPORAL_ENCRYPT_PAYLOADS, value: 'on' }
{{- end }}
{{- with $temporal.apiKey.secret }}
# Temporal's SDK reads it from its environment only.
- name: TEMPORAL_API_KEY
  valueFrom: { secretKeyRef: { name: {{ . }}, key: {{ $temporal.apiKey.key }} } }
{{- end }}
{{- if $temporal.clientCertificate.secret }}
- { name: TEMPORAL_TLS_CLIENT_CERT_PATH, value: /run/temporal-client/tls.crt }
- { name: TEMPORAL_TLS_CLIENT_KEY_PATH, value: /run/temporal-client/tls.key }
{{- end }}
{{- if $temporal.ca.secret }}
- { name: TEMPORAL_TLS_SERVER_CA_CERT_PATH, value: /run/temporal-ca/ca.crt }
{{- end }}
{{- with $temporal.serverName }}
- { name: TEMPORAL_TLS_SERVER_NAME, value: {{ . | quote }} }
{{- end }}
{{- range include "catalog-sync.secretFiles" . | fromYamlArray }}
- { name: {{ .variable }}, value: /run/secrets/{{ .file }} }
{{- end }}
{{- range $name, $value := .root.Values.settings }}
{{- if and $value (or (not (hasPrefix "OIDC_" $name)) (eq $.component "server")) }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}
{{- end }}

{{/* What confines each container, and what it writes to: memory. */}}
{{- define "catalog-sync.container" -}}
image: {{ include "catalog-sync.image" .root | quote }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: { drop: [ALL] }
resources: {{- toYaml (index .root.Values .component).resources | nindent 2 }}
{{- end }}

{{- define "catalog-sync.mounts" -}}
- { name: tmp, mountPath: /tmp }
- { name: secrets, mountPath: /run/secrets, readOnly: true }
{{- if .root.Values.database.ca.secret }}
- { name: database-ca, mountPath: /run/database-ca, readOnly: true }
{{- end }}
{{- if .root.Values.temporal.clientCertificate.secret }}
- { name: temporal-client, mountPath: /run/temporal-client, readOnly: true }
{{- end }}
{{- if .root.Values.temporal.ca.secret }}
- { name: temporal-ca, mountPath: /run/temporal-ca, readOnly: true }
{{- end }}
{{- end }}

{{- define "catalog-sync.volumes" -}}
- { name: tmp, emptyDir: { medium: Memory, sizeLimit: 128Mi } }
- name: secrets
  projected:
    defaultMode: 0440
    sources:
{{- range include "catalog-sync.secretFiles" . | fromYamlArray }}
      - secret: { name: {{ .secret }}, items: [{ key: {{ .key }}, path: {{ .file }} }] }
{{- end }}
{{- with .root.Values.database.ca.secret }}
- { name: database-ca, secret: { secretName: {{ . }} } }
{{- end }}
{{- with .root.Values.temporal.clientCertificate.secret }}
- { name: temporal-client, secret: { secretName: {{ . }}, defaultMode: 0440 } }
{{- end }}
{{- with .root.Values.temporal.ca.secret }}
- { name: temporal-ca, secret: { secretName: {{ . }} } }
{{- end }}
{{- end }}

{{- define "catalog-sync.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  seccompProfile: { type: RuntimeDefault }
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- if and .root.Values.topologySpread (has .component (list "server" "worker")) }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector: { matchLabels: {{ include "catalog-sync.selector" . | fromYaml | toJson }} }
{{- end }}
{{- end }}
