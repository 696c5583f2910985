"""Java: a `-javaagent` in `JAVA_TOOL_OPTIONS`, which every JVM since 5 reads."""

from tracereach.inject.agents.agent import Agent

_MOUNT = "/otel-auto-instrumentation-java"
_OPTION = f"-javaagent:{_MOUNT}/javaagent.jar"

AGENT = Agent(
    name="java",
    loader="JAVA_TOOL_OPTIONS",
    value=_OPTION,
    extend=lambda value: f"{value} {_OPTION}",
    mount_path=_MOUNT,
    sub_path="",
    copied="/javaagent.jar",
    size_limit="64Mi",
    commands=frozenset({"java", "catalina.sh", "jetty.sh"}),
    variables=frozenset({"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JAVA_OPTS", "JAVA_HOME", "CATALINA_OPTS"}),
    images=frozenset({"eclipse-temurin", "amazoncorretto", "openjdk", "tomcat", "jetty"}),
)
