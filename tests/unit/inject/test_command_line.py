"""Which programs a command starts, behind shells and other wrappers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracereach.inject.command_line import Program, programs


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ([], []),
        (["java", "-jar", "app.jar"], ["java"]),
        (["/opt/java/bin/java"], ["java"]),
        (["$(JAVA_HOME)/bin/java"], ["java"]),
        (["sh"], []),
        (["sh", "/app/start.sh"], ["start.sh"]),
        (["sh", "-c", "node server.js"], ["node"]),
        (["/bin/bash", "-lc", "node server.js"], ["node"]),
        (["bash", "-eo", "pipefail", "-c", "node server.js"], ["node"]),
        (["bash", "-euxo", "pipefail", "-c", "node server.js", "--"], ["node"]),
        (["sh", "-c", "cd /app && exec node server.js"], ["cd", "node"]),
        (["sh", "-c", "node a.js & python b.py; wait"], ["node", "python", "wait"]),
        (["sh", "-c", "node server.js 2>&1 | tee /tmp/log"], ["node", "tee"]),
        (["sh", "-c", "node < node.txt > java.log"], ["node"]),
        (["sh", "-c", "PORT=1 HOST=x node ."], ["node"]),
        (["sh", "-c", "A=1"], []),
        (["sh", "-c", 'exec "$JAVA_HOME"/bin/java $JAVA_OPTS -jar x.jar'], ["java"]),
        (["sh", "-c", "if [ -f x ]; then python a.py; else node b.js; fi"], ["[", "python", "node"]),
        (["sh", "-c", "while true; do php cron.php; sleep 60; done"], ["true", "php", "sleep"]),
        (["sh", "-c", "for i in node java; do sleep 1; done"], ["sleep"]),
        (["sh", "-c", "echo node; echo 'java; python'"], ["echo", "echo"]),
        (["sh", "-c", "# java\nnode ."], ["node"]),
        (["sh", "-c", "# don't use java\nnode ."], ["node"]),
        (["sh", "-c", "cat <<EOF >x\njava\nEOF\nnode ."], ["cat", "node"]),
        (["sh", "-c", "node \\\n  server.js"], ["node"]),
        (["sh", "-c", 'test "$(python3 check.py)" = ok'], ["test", "python3"]),
        (["sh", "-c", "kill $(pgrep java)"], ["pgrep", "kill"]),
        (["sh", "-c", "[ $(ls /data | wc -l) -gt 0 ] && java"], ["ls", "wc", "[", "java"]),
        (["sh", "-c", "cd $(dirname $(which node)); java"], ["which", "dirname", "cd", "java"]),
        (["sh", "-c", "exec $(JAVA_HOME)/bin/java"], ["JAVA_HOME", "java"]),
        (["sh", "-c", "(cd /app; java)"], ["cd", "java"]),
        (["sh", "-c", "run() { java; }; run"], ["run", "java", "run"]),
        (["sh", "-c", "echo `python x.py`"], ["echo"]),
        (["sh", "-c", 'echo "`python x.py`"'], ["echo", "python"]),
        (["sh", "-c", "node 'unclosed"], [""]),
        (["su", "-", "app", "-c", "node ."], ["node"]),
        (["node server.js"], ["node"]),
        (["env", "node", "."], ["node"]),
        (["/usr/bin/env", "-i", "-u", "HOME", "A=1", "node"], ["node"]),
        (["env", "-S", "node --inspect ."], ["node"]),
        (["tini", "--", "java"], ["java"]),
        (["tini", "-g", "-e", "143", "--", "java"], ["java"]),
        (["/usr/bin/dumb-init", "--rewrite", "15:2", "java"], ["java"]),
        (["gosu", "app", "java"], ["java"]),
        (["su-exec", "app:app", "tini", "java"], ["java"]),
        (["nice", "-n", "5", "java"], ["java"]),
        (["timeout", "-s", "KILL", "10", "java"], ["java"]),
        (["exec", "-a", "name", "java"], ["java"]),
        (["sudo", "-u", "app", "-E", "java"], ["java"]),
        (["conda", "run", "-n", "prod", "--no-capture-output", "gunicorn"], ["gunicorn"]),
        (["wait-for-it.sh", "db:5432", "-t", "30", "--", "node", "."], ["node"]),
        (["vault", "agent", "-config=/v.hcl", "exec", "--", "node", "."], ["node"]),
        (["vault", "server", "-config=/v.hcl"], ["vault"]),
        (["consul-template", "-template", "a:b", "-exec", "node ."], ["node"]),
        (["consul-template", "-exec=node ."], ["node"]),
        (["consul-template", "-template", "a:b"], ["consul-template"]),
        (["dockerize", "-wait", "tcp://db:5432", "-timeout", "60s", "node", "."], ["node"]),
        (["docker-entrypoint.sh", "postgres"], ["postgres"]),
        (["/entrypoint.sh", "node", "."], ["node"]),
        (["/entrypoint.sh"], ["entrypoint.sh"]),
        # No space to a shell, but one to whoever copied the line from a page.
        (["node\u00a0server.js"], ["node\u00a0server.js"]),
        (["sh", "-c", "node\u2003server.js; ls"], ["node\u2003server.js", "ls"]),
        (["tini"], []),
        (["-jar", "app.jar"], []),
        (["poetry", "run", "gunicorn"], ["poetry"]),
    ],
)
def test_programs(command: list[str], expected: list[str]) -> None:
    assert [program.name for program in programs(command)] == expected


def test_each_program_tells_where_it_stands_and_whether_it_is_what_stays() -> None:
    assert list(programs(["tini", "--", "sh", "-c", "python migrate.py && exec node ."])) == [
        Program("python", 4),
        Program("node", 4, replaces=True),
    ]


@given(
    st.lists(
        st.text(alphabet="ab -=<>|&;()'\"\\`$#\n/{}!\u00a0\x0b") | st.sampled_from(["sh", "-c", "env", "--", "exec"])
    )
)
def test_no_command_is_too_odd_to_read(command: list[str]) -> None:
    assert all(0 <= program.position < len(command) for program in programs(command))


def test_wrappers_are_seen_through_up_to_a_bound() -> None:
    assert [program.name for program in programs(["env"] * 150 + ["node"])] == ["node"]
    assert programs(["env"] * 50_000 + ["node"]) == (), "which takes minutes where each of them is a look at all others"
