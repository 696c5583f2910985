"""Pod templates for property tests: small, odd, and valid enough for Kubernetes to have stored them."""

from hypothesis import strategies as st

from tracereach.inject.agents import AGENTS

_NAMES = st.sampled_from(["app", "web", "worker", "istio-proxy", "a", "x" * 63])
_VARIABLES = st.sampled_from(
    [
        *(name for agent in AGENTS.values() for name in sorted(agent.loader_names)),
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_SERVICE_NAME",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_TRACES_SAMPLER",
        "OTEL_PROPAGATORS",
        "NODE_ENV",
        "JAVA_HOME",
        "GREETING",
    ]
)
_VALUES = st.sampled_from(["", "b3", "-Xmx64m", "service.name=mine,team=a", "$(GREETING) there", "ünïcode", "a b=c"])
_REFERENCES = st.sampled_from(
    [
        {"configMapKeyRef": {"name": "settings", "key": "options"}},
        {"secretKeyRef": {"name": "secret", "key": "token", "optional": True}},
        {"fieldRef": {"apiVersion": "v1", "fieldPath": "status.hostIP"}},
    ]
)


def _nullable(strategy):
    return st.one_of(st.none(), strategy)


def _sparse(**fields):
    """A dictionary with any of the fields, each of them absent, null or drawn."""
    return st.fixed_dictionaries({}, optional={name: _nullable(strategy) for name, strategy in fields.items()})


_ENTRY = st.one_of(
    st.builds(lambda name, value: {"name": name, "value": value}, _VARIABLES, _VALUES),
    st.builds(lambda name: {"name": name}, _VARIABLES),
    st.builds(lambda name, source: {"name": name, "valueFrom": source}, _VARIABLES, _REFERENCES),
)
_SOURCE = st.sampled_from(
    [
        {"configMapRef": {"name": "jvm"}},
        {"prefix": "JAVA_", "secretRef": {"name": "flags", "optional": True}},
        {"prefix": "SHOP_", "configMapRef": {"name": "shop"}},
    ]
)
_MOUNT = st.builds(
    lambda volume, path: {"name": volume, "mountPath": path},
    st.sampled_from(["data", "cache"]),
    st.sampled_from(["/data", "/otel-auto-instrumentation-java/extensions", "/a~b/c"]),
)
_COMMANDS = st.sampled_from(
    [["java", "-jar", "app.jar"], ["/usr/bin/python3.11", "-m", "app"], ["sh", "-c", "exec node x"], ["/ledger"]]
)
_PROBE = st.sampled_from([{"exec": {"command": ["true"]}}, {"httpGet": {"path": "/healthz", "port": 8080}}])
_QUANTITIES = st.sampled_from([{"cpu": "1", "memory": "1Gi"}, {"memory": "64Mi"}])


def _container(name):
    return st.builds(
        lambda name, rest: {"name": name, "image": "registry.example/app:1", **rest},
        name,
        _sparse(
            command=_COMMANDS,
            env=st.lists(_ENTRY, max_size=5),
            envFrom=st.lists(_SOURCE, max_size=2),
            volumeMounts=st.lists(_MOUNT, max_size=2, unique_by=lambda mount: mount["mountPath"]),
            livenessProbe=_PROBE,
            resources=_sparse(limits=_QUANTITIES, requests=_QUANTITIES),
            ports=st.lists(st.sampled_from([{"containerPort": 8080}, {"containerPort": 4317}]), max_size=1),
        ),
    )


_VOLUMES = st.lists(
    st.sampled_from([{"name": "data", "emptyDir": {}}, {"name": "cache", "configMap": {"name": "settings"}}]),
    max_size=2,
    unique_by=lambda volume: volume["name"],
)
_MAPS = st.dictionaries(
    st.sampled_from(["app", "example.com/a~b", "sidecar.istio.io/inject", "tracereach.dev/revision"]),
    st.sampled_from(["", "true", "x"]),
)

pod_templates = st.builds(
    lambda containers, spec, head: {**head, "spec": {"containers": containers, **spec}},
    st.lists(_container(_NAMES), min_size=1, max_size=3, unique_by=lambda container: container["name"]),
    _sparse(
        initContainers=st.lists(
            _container(st.sampled_from(["init", "copy"])), max_size=2, unique_by=lambda c: c["name"]
        ),
        volumes=_VOLUMES,
        hostNetwork=st.booleans(),
        nodeSelector=st.sampled_from([{"kubernetes.io/os": "linux"}, {"disk": "ssd"}, {"kubernetes.io/arch": "arm64"}]),
    ),
    _sparse(metadata=_sparse(labels=_MAPS, annotations=_MAPS, creationTimestamp=st.none())),
)
