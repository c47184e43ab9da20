{{/* Every object's name: the release's, which is usually "keycard". */}}
{{- define "keycard.name" -}}
{{- if contains "keycard" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-keycard{{ end }}
{{- end }}

{{- define "keycard.labels" -}}
app.kubernetes.io/name: {{ include "keycard.name" . }}
app.kubernetes.io/part-of: keycard
{{- end }}

{{- define "keycard.selector" -}}
app.kubernetes.io/name: {{ include "keycard.name" . }}
app.kubernetes.io/component: webhook
{{- end }}

{{- define "keycard.image" -}}
{{ .Values.injector.image.repository }}:{{ .Values.injector.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* Name of the Secret that a certificate comes from, empty for Keycard's own. */}}
{{- define "keycard.certificateSecret" -}}
{{- if .Values.keycard.certManager.enabled }}{{ include "keycard.name" . }}-webhook-tls
{{- else }}{{ .Values.injector.certs.secretName | default "" }}{{ end }}
{{- end }}

{{/* A value that is YAML, or a text with templates in it. */}}
{{- define "keycard.yaml" -}}
{{- if kindIs "string" .value }}{{ tpl .value .context }}{{ else }}{{ toYaml .value }}{{ end }}
{{- end }}

{{- define "keycard.probe" -}}
httpGet:
  path: {{ .path }}
  port: https
  scheme: HTTPS
{{- with .probe }}
{{- with .initialDelaySeconds }}
initialDelaySeconds: {{ . }}
{{- end }}
periodSeconds: {{ .periodSeconds }}
{{- if ne (int .timeoutSeconds) 1 }}
timeoutSeconds: {{ .timeoutSeconds }}
{{- end }}
{{- if ne (int .successThreshold) 1 }}
successThreshold: {{ .successThreshold }}
{{- end }}
failureThreshold: {{ .failureThreshold }}
{{- end }}
{{- end }}

{{/* One environment variable, when there is a value. */}}
{{- define "keycard.variable" -}}
{{- if .value }}
- name: {{ .name }}
  value: {{ .value | toString | quote }}
{{- end }}
{{- end }}
