{{/* The webhook's settings, in the order of the Kustomize manifests. */}}
{{- define "keycard.environment" -}}
{{- $name := include "keycard.name" . }}
{{- $certificate := include "keycard.certificateSecret" . }}
{{- $injector := .Values.injector }}
{{- $defaults := $injector.agentDefaults }}
{{- $keycard := .Values.keycard }}
- name: AGENT_INJECT_LISTEN
  value: {{ printf ":%v" $injector.port | quote }}
- name: AGENT_INJECT_LOG_FORMAT
  value: {{ $injector.logFormat }}
- name: AGENT_INJECT_LOG_LEVEL
  value: {{ $injector.logLevel }}
- name: AGENT_INJECT_VAULT_ADDR
  value: {{ $injector.externalVaultAddr | default .Values.global.externalVaultAddr }}
- name: AGENT_INJECT_VAULT_AUTH_PATH
  value: {{ $injector.authPath }}
{{- if $certificate }}
{{- $files := $injector.certs }}
- name: AGENT_INJECT_TLS_CERT_FILE
  value: /etc/keycard/tls/{{ $keycard.certManager.enabled | ternary "tls.crt" $files.certName }}
- name: AGENT_INJECT_TLS_KEY_FILE
  value: /etc/keycard/tls/{{ $keycard.certManager.enabled | ternary "tls.key" $files.keyName }}
{{- else }}
- name: AGENT_INJECT_TLS_AUTO
  value: {{ $name }}
- name: AGENT_INJECT_TLS_AUTO_HOSTS
  value: {{ $name }}.$(NAMESPACE).svc,{{ $name }}.$(NAMESPACE),{{ $name }}
- name: AGENT_INJECT_USE_LEADER_ELECTOR
  value: "true"
- name: KEYCARD_LEADER_LOCK_NAME
  value: {{ $name }}
- name: KEYCARD_CERT_SECRET
  value: {{ $name }}-certs
{{- end }}
- name: KEYCARD_ENGINE
  value: {{ $keycard.engine }}
- name: KEYCARD_IMAGE
  value: {{ include "keycard.image" . }}
{{- with $injector.agentImage }}
{{- if or .repository .tag }}
- name: AGENT_INJECT_VAULT_IMAGE
  value: {{ .repository | default "hashicorp/vault" }}:{{ .tag | default "2.0.4" }}
{{- end }}
{{- end }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_CPU_REQUEST" "value" $defaults.cpuRequest) }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_CPU_LIMIT" "value" $defaults.cpuLimit) }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_MEM_REQUEST" "value" $defaults.memRequest) }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_MEM_LIMIT" "value" $defaults.memLimit) }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_EPHEMERAL_REQUEST" "value" $defaults.ephemeralRequest) }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_EPHEMERAL_LIMIT" "value" $defaults.ephemeralLimit) }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_DEFAULT_TEMPLATE" "value" $defaults.template) }}
{{- if kindIs "bool" $defaults.templateConfig.exitOnRetryFailure }}
- name: AGENT_INJECT_TEMPLATE_CONFIG_EXIT_ON_RETRY_FAILURE
  value: {{ $defaults.templateConfig.exitOnRetryFailure | quote }}
{{- end }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_TEMPLATE_STATIC_SECRET_RENDER_INTERVAL" "value" $defaults.templateConfig.staticSecretRenderInterval) }}
{{- include "keycard.variable" (dict "name" "AGENT_INJECT_REVOKE_ON_SHUTDOWN" "value" $injector.revokeOnShutdown) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_CPU_REQUEST" "value" $keycard.agentResources.cpuRequest) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_CPU_LIMIT" "value" $keycard.agentResources.cpuLimit) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_MEM_REQUEST" "value" $keycard.agentResources.memRequest) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_MEM_LIMIT" "value" $keycard.agentResources.memLimit) }}
{{- if not $keycard.watchNamespaces }}
- name: KEYCARD_WATCH_NAMESPACES
  value: "false"
{{- end }}
{{- with $keycard.policy }}
{{- include "keycard.variable" (dict "name" "KEYCARD_POLICY_ALLOWED_IMAGES" "value" (join "," .allowedImages)) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_POLICY_ALLOWED_VAULT_ADDRESSES" "value" (join "," .allowedVaultAddresses)) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_POLICY_ALLOWED_AUTH_PATHS" "value" (join "," .allowedAuthPaths)) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_POLICY_LOCKED_ANNOTATIONS" "value" (join "," .lockedAnnotations)) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_POLICY_DENY_ROOT" "value" .denyRoot) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_POLICY_DENY_TLS_SKIP_VERIFY" "value" .denyTlsSkipVerify) }}
{{- include "keycard.variable" (dict "name" "KEYCARD_POLICY_DENY_JSON_PATCH" "value" .denyJsonPatch) }}
{{- end }}
{{- end }}
