"""The Node.js agent in real processes: CommonJS and ES modules, threads and children, and where it does not belong."""

import json
from pathlib import Path

import pytest

from tests.payloads.payload import Outcome, Payload, run
from tests.payloads.receiver import Receiver

_INTERNAL, _SERVER, _CLIENT = 1, 2, 3
_COMMON_JS = """
const http = require("http");
const server = http.createServer((request, response) => response.end(request.headers.traceparent));
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address();
  http.get({ port, agent: false }, (response) => response.resume().on("end", () => server.close()));
});
"""
_ES_MODULE = """
import http from "node:http";
const server = http.createServer((request, response) => {
  response.setHeader("connection", "close");
  response.end(request.headers.traceparent);
});
server.listen(0, "127.0.0.1", async () => {
  await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text();
  server.close();
});
"""
_CALLER = """
import { get } from "node:http";
import { Worker, isMainThread } from "node:worker_threads";
import { fork } from "node:child_process";
import { createServer } from "node:http";
const call = (url) => get(url, { agent: false }, (response) => response.resume());
if (process.env.TARGET) {
  call(process.env.TARGET);
} else {
  const server = createServer((request, response) => response.end());
  server.listen(0, "127.0.0.1", () => {
    process.env.TARGET = `http://127.0.0.1:${server.address().port}/`;
    const file = new URL(import.meta.url);
    START.on("exit", () => server.close());
  });
}
"""
_FAKE_RELEASE = 'Object.defineProperty(process.versions, "node", { value: "VERSION" });'
_LOADED = 'console.log(Object.keys(require.cache).filter((file) => file.includes("@opentelemetry")).length > 0);'


def _write(folder: Path, name: str, program: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(program)
    return file


@pytest.mark.parametrize(("name", "program"), [("app.js", _COMMON_JS), ("app.mjs", _ES_MODULE)], ids=["cjs", "esm"])
def test_one_trace_goes_through_client_and_server(
    nodejs_agent: Payload, receiver: Receiver, tmp_path: Path, name: str, program: str
) -> None:
    file = _write(tmp_path, name, program)
    outcome = run(["node", file], nodejs_agent.environment(receiver.endpoint), directory=Path("/"))
    assert outcome == Outcome(0, "", "")
    server, client = sorted(receiver.wait_for(2), key=lambda span: span.kind)
    assert (server.kind, client.kind) == (_SERVER, _CLIENT)
    assert server.trace_id == client.trace_id
    assert server.parent_span_id == client.span_id


@pytest.mark.parametrize("start", ["new Worker(file)", "fork(file)"], ids=["worker thread", "child process"])
def test_calls_from_elsewhere_belong_to_the_same_trace(
    nodejs_agent: Payload, receiver: Receiver, tmp_path: Path, start: str
) -> None:
    file = _write(tmp_path, "app.mjs", _CALLER.replace("START", start))
    assert run(["node", file], nodejs_agent.environment(receiver.endpoint)) == Outcome(0, "", "")
    server, client = sorted(receiver.wait_for(2), key=lambda span: span.kind)
    assert (server.kind, client.kind) == (_SERVER, _CLIENT)
    assert server.parent_span_id == client.span_id


def test_an_import_that_is_not_instrumented_is_not_touched(nodejs_agent: Payload, tmp_path: Path) -> None:
    _write(tmp_path, "plain.mjs", "export const stack = new Error().stack;")
    file = _write(tmp_path, "app.mjs", 'import { stack } from "./plain.mjs"; console.log(stack.includes("iitm"));')
    assert run(["node", file], nodejs_agent.environment()) == Outcome(0, "false\n", "")


@pytest.mark.parametrize("arguments", [["--eval", "console.log(1)"], ["--print", "1"], ["-"]], ids=" ".join)
def test_a_program_without_a_file_runs(nodejs_agent: Payload, arguments: list[str]) -> None:
    outcome = run(["node", *arguments], nodejs_agent.environment(), text="console.log(1)")
    assert outcome == Outcome(0, "1\n", "")


@pytest.mark.parametrize("version", ["8.17.0", "12.22.12", "16.20.2", "18.18.2", "20.5.1"])
def test_an_old_release_loads_nothing(nodejs_agent: Payload, tmp_path: Path, version: str) -> None:
    release = _write(tmp_path, "release.js", _FAKE_RELEASE.replace("VERSION", version))
    environment = nodejs_agent.environment()
    environment["NODE_OPTIONS"] = f"--require {release} {environment['NODE_OPTIONS']}"
    assert run(["node", "-e", _LOADED], environment) == Outcome(0, "false\n", "")


@pytest.mark.parametrize("name", ["npm", "npm-cli.js", "npx-cli.js", "yarn.js", "pnpm.cjs", "corepack.js"])
def test_a_package_manager_loads_nothing(nodejs_agent: Payload, tmp_path: Path, name: str) -> None:
    file = _write(tmp_path, name, _LOADED)
    assert run(["node", file], nodejs_agent.environment()) == Outcome(0, "false\n", "")


def test_the_program_that_npm_starts_is_traced(nodejs_agent: Payload, receiver: Receiver, tmp_path: Path) -> None:
    _write(tmp_path, "app.js", _COMMON_JS)
    _write(tmp_path, "package.json", json.dumps({"scripts": {"start": "node app.js"}}))
    environment = nodejs_agent.environment(receiver.endpoint)
    outcome = run(["npm", "start", "--silent", "--no-update-notifier"], environment, directory=tmp_path)
    assert outcome.code == 0
    assert len(receiver.wait_for(2)) == 2


def test_it_stays_out_where_the_application_brings_its_own_sdk(nodejs_agent: Payload, tmp_path: Path) -> None:
    _write(tmp_path, "node_modules/@opentelemetry/sdk-trace-base/index.js", "")
    file = _write(tmp_path, "app.js", _LOADED)
    outcome = run(["node", file], nodejs_agent.environment(), directory=Path("/"))
    assert (outcome.code, outcome.output) == (0, "false\n")
    assert outcome.errors == (
        "tracereach: no tracing in this process: the application brings its own @opentelemetry/sdk-trace-base\n"
    )
