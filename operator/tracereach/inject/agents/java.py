"""Java: a `-javaagent` in `JAVA_TOOL_OPTIONS`, which every JVM since 5 reads.

`JDK_JAVA_OPTIONS` is read by the launcher `java` alone, since JDK 9: tools such as `keytool` or `jcmd` in the same
container then pay nothing. It takes evidence of both, because an older JVM would start without the agent.
"""

from tracereach.inject.agents.agent import Agent, Loader, words

LAUNCHED = "java-launcher-9"
"""The trait of a container whose command is `java` of a JDK 9 or newer."""

_MOUNT = "/otel-auto-instrumentation-java"
_OPTION = f"-javaagent:{_MOUNT}/javaagent.jar"

AGENT = Agent(
    name="java",
    loaders=(Loader(name="JAVA_TOOL_OPTIONS", value=_OPTION, after=f" {_OPTION}"),),
    variants={LAUNCHED: (Loader(name="JDK_JAVA_OPTIONS", value=_OPTION, after=f" {_OPTION}"),)},
    mount_path=_MOUNT,
    sub_path="",
    copied="/javaagent.jar",
    size_limit="64Mi",
    commands=words(
        """
        asadmin catalina.sh clojure domain.sh gradle gradlew groovy java jbang jetty.sh jruby karaf kc.sh kotlin lein
        liberty mvn mvnw run-java.sh sbt scala server.sh standalone.sh startup.sh
        """
    ),
    variables=words(
        """
        CATALINA_HOME CATALINA_OPTS GRADLE_OPTS JAVA_ARGS JAVA_HOME JAVA_OPTIONS JAVA_OPTS JAVA_OPTS_APPEND
        JAVA_TOOL_OPTIONS JAVA_VERSION JBOSS_HOME JDK_JAVA_OPTIONS JETTY_HOME JRE_HOME JVM_ARGS JVM_OPTS MAVEN_OPTS
        MICRONAUT_ENVIRONMENTS QUARKUS_HTTP_PORT QUARKUS_PROFILE SPRING_APPLICATION_JSON SPRING_CONFIG_LOCATION
        SPRING_DATASOURCE_URL SPRING_PROFILES_ACTIVE _JAVA_OPTIONS
        """
    ),
    scripts=(".jar", ".war"),
    images=frozenset({"amazoncorretto", "eclipse-temurin", "jetty", "openjdk", "tomcat"}),
)
