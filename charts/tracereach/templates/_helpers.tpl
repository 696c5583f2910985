{{/* Labels that select a component's pods: dict "root" $ "component" NAME. */}}
{{- define "tracereach.selectorLabels" -}}
app.kubernetes.io/name: tracereach
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/* All labels of an object: dict "root" $ "component" NAME. */}}
{{- define "tracereach.labels" -}}
{{ include "tracereach.selectorLabels" . }}
app.kubernetes.io/part-of: tracereach
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Image reference: dict "root" $ "image" (a full reference, or repository, tag, digest). A digest wins over a tag. */}}
{{- define "tracereach.image" -}}
{{- if kindIs "string" .image -}}
{{ .image }}
{{- else -}}
{{- $defaults := .root.Values.image -}}
{{- $name := printf "%s/%s" $defaults.registry .image.repository -}}
{{- if .image.digest -}}
{{ $name }}@{{ .image.digest }}
{{- else -}}
{{ $name }}:{{ coalesce .image.tag $defaults.tag .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Host name of a component's Service, for callers in any namespace: dict "root" $ "component" NAME. */}}
{{- define "tracereach.host" -}}
{{ .root.Release.Name }}-{{ .component }}.{{ .root.Release.Namespace }}.svc
{{- end }}

{{/* The operator's form of a container's resources: requests and limits in one flat object. */}}
{{- define "tracereach.flatResources" -}}
cpuRequest: {{ .requests.cpu | quote }}
cpuLimit: {{ .limits.cpu | quote }}
memoryRequest: {{ .requests.memory | quote }}
memoryLimit: {{ .limits.memory | quote }}
{{- end }}

{{/* Fields of every pod, for PodSecurity `restricted` and for placement: dict "root" $ "values" OBJECT. */}}
{{- define "tracereach.podSettings" -}}
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
enableServiceLinks: false
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with pick .values "priorityClassName" "nodeSelector" "tolerations" "affinity" }}
{{- range $field, $value := . }}
{{- if $value }}
{{ $field }}: {{ toJson $value }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Container security that PodSecurity `restricted` asks for, and a root file system nobody can write to. */}}
{{- define "tracereach.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
