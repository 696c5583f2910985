{{/* The Secret with the webhook's certificate. A name for each mode: a Secret's type cannot be changed. */}}
{{- define "tracereach.webhookSecret" -}}
{{ .Release.Name }}-webhook-{{ eq .Values.webhook.certificates.mode "certManager" | ternary "cert-manager" "self-signed" }}
{{- end }}

{{/* How the API server calls the webhook: dict "root" $ "path" PATH. It never refuses, and never holds up for long. */}}
{{- define "tracereach.webhookCall" -}}
clientConfig:
  service: {name: {{ .root.Release.Name }}-webhook, namespace: {{ .root.Release.Namespace }}, path: {{ .path }}, port: 443}
admissionReviewVersions: [v1]
sideEffects: None
failurePolicy: Ignore
timeoutSeconds: 3
matchPolicy: Equivalent
# What a webhook after this one makes of our additions, the name of a mirror in an image for one, is left as it is.
reinvocationPolicy: Never
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values: [kube-system, kube-node-lease, {{ .root.Release.Namespace }}]
    - {key: tracereach.dev/inject, operator: NotIn, values: ["false"]}
{{- end }}

{{/* What renews the webhook's certificate: the specification of a Job. */}}
{{- define "tracereach.certificatesJob" -}}
backoffLimit: 6
template:
  metadata:
    labels:
      {{- include "tracereach.labels" (dict "root" $ "component" "certificates") | nindent 6 }}
  spec:
    restartPolicy: OnFailure
    serviceAccountName: {{ .Release.Name }}-certificates
    automountServiceAccountToken: true
    {{- include "tracereach.podSettings" (dict "root" $ "values" .Values.webhook) | nindent 4 }}
    containers:
      - name: certificates
        image: {{ include "tracereach.image" (dict "root" $ "image" .Values.operator.image) }}
        imagePullPolicy: {{ .Values.image.pullPolicy }}
        args:
          - certificates
          - --namespace={{ .Release.Namespace }}
          - --secret={{ include "tracereach.webhookSecret" . }}
          - --service={{ .Release.Name }}-webhook
          - --configuration={{ .Release.Name }}-webhook
          - --validity-days={{ .Values.webhook.certificates.validityDays }}
        resources:
          requests: {cpu: 50m, memory: 64Mi}
          limits: {memory: 256Mi}
        securityContext:
          {{- include "tracereach.containerSecurity" . | nindent 10 }}
{{- end }}
