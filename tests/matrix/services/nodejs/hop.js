// A service of the matrix in Node.js: its own HTTP server and fetch, no tracing code but the faults that it is asked for.
"use strict";

const http = require("node:http");
const net = require("node:net");

const calls = (process.env.CALLS ?? "").split(" ").filter(Boolean);
const traceHeaders = ["traceparent", "tracestate", "baggage", "b3", "x-b3-traceid"];
const waiting = [];

async function callAll() {
  const call = process.env.CLIENT === "raw" ? bySocket : byLibrary;
  const answers = [];
  for (const url of calls) answers.push(await call(url));
  return answers;
}

async function byLibrary(url) {
  const response = await fetch(url, { signal: AbortSignal.timeout(5000) });
  return response.json();
}

function bySocket(url) {
  const { hostname, port, pathname, host } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks = [];
    const socket = net.connect(Number(port), hostname, () => {
      socket.write(`GET ${pathname} HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
    });
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString().split("\r\n\r\n")[1])));
    socket.on("error", reject);
  });
}

// A timer that has always been there takes the work up, so the request's context does not come along.
function byWorker() {
  return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
}
setInterval(() => {
  for (const { resolve, reject } of waiting.splice(0)) callAll().then(resolve, reject);
}, 20).unref();

if (process.env.EVERY) setInterval(() => callAll().catch(console.error), Number(process.env.EVERY) * 1000).unref();

async function hop(request) {
  const received = Object.fromEntries(
    traceHeaders.filter((name) => request.headers[name]).map((name) => [name, request.headers[name]]),
  );
  return { received, calls: await (process.env.WORK === "worker" ? byWorker() : callAll()) };
}

const server = http.createServer(async (request, response) => {
  const send = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  if (request.url === "/healthz") return send(200, { status: "ok" });
  try {
    send(200, await hop(request));
  } catch (error) {
    send(502, { error: String(error) });
  }
});

process.once("SIGTERM", () => process.exit(0));
server.listen(8080);
