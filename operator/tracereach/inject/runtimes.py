"""Which language a program's name stands for: one that an agent is for, another one, or none at all.

The names for each agent's language lie with the agent; here are those of everything else.
"""

import re
from functools import lru_cache

from tracereach.inject.agents import AGENTS
from tracereach.inject.agents.agent import words

_OTHERS = words(
    """
    apache2 apache2-foreground apache2ctl beam.smp bun bundle caddy chronyd clickhouse-server cockroach consul coredns
    deno dnsmasq elixir envoy erl etcd grafana grafana-server h2o haproxy hhvm httpd httpd-foreground iex influxd
    lighttpd litestream lua luajit mariadbd memcached minio mix mongod mongos mosquitto mysqld mysqld_safe nats-server
    nginx nginx-debug nginx-ingress-controller openresty passenger perl pgbouncer php php-cgi php-fpm postgres
    prometheus puma pypy rackup rails rake rabbitmq-server redis-sentinel redis-server rscript ruby sidekiq squid
    thttpd tinyproxy traefik unicorn unit unitd valkey-server varnishd vault
    """
)
"""Servers, and runtimes of languages that no agent is for. Bun and Deno do not read the options of Node.js."""

_TOOLS = words(
    """
    : [ [[ awk base64 basename break cat cd chgrp chmod chown continue cp curl cut date dd df dig dirname du echo
    egrep exit export expr false fgrep find getent grep grpc-health-probe grpc_health_probe gunzip gzip head host
    hostname id install ip iptables kill killall ln local logger ls lsof md5sum mkdir mktemp mount mv mysql mysqladmin
    nc ncat netcat netstat nslookup openssl pg_isready pgrep pidof ping pkill printenv printf ps psql pwd
    rabbitmq-diagnostics rabbitmqctl read readlink redis-cli return rm rmdir sed seq set sha256sum shift shopt sleep
    socat sort ss stat stty sync sysctl tail tar tee telnet test touch tr trap true tty ulimit umask uname uniq unset
    wait wc wget which whoami yes
    """
)
"""Small programs and a shell's own commands: they end soon, and none is in a language that an agent is for."""

_VERSION = re.compile(r"-?[\d.]+$")
_TOO_OLD = re.compile(r"(python2|pypy)")
"""Pythons that the agent is not for: releases before 3, and another implementation."""


@lru_cache(maxsize=4096)
def language_of(program: str) -> str | None:
    """The agent whose language `program` is in, or starts: `python` for `python3.12`, and for `app.py`."""
    if _TOO_OLD.match(program):
        return None
    spellings = {program, _VERSION.sub("", program)}
    for agent in AGENTS.values():
        if spellings & agent.commands or program.endswith(agent.scripts):
            return agent.name
    return None


@lru_cache(maxsize=4096)
def languages_configured_by(variable: str) -> tuple[str, ...]:
    """The agents to whose languages alone a variable of this name means something."""
    return tuple(agent.name for agent in AGENTS.values() if agent.is_configured_by(variable))


@lru_cache(maxsize=4096)
def is_other_runtime(program: str) -> bool:
    """Whether no agent is for what `program` runs."""
    return bool({program.lower(), _VERSION.sub("", program.lower())} & _OTHERS or _TOO_OLD.match(program))


def loads_no_agent(program: str) -> bool:
    """Whether `program` pays nothing for the agents in its environment."""
    return program in _TOOLS or is_other_runtime(program)
