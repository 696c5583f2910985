// The shop's front door: GET /buy?item=NAME places an order and answers with its receipt as JSON.
"use strict";

const http = require("node:http");

const port = Number(process.env.PORT ?? 8080);
const ordersUrl = process.env.ORDERS_URL ?? "http://orders:8080";

async function placeOrder(item) {
  const response = await fetch(`${ordersUrl}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ item }),
    signal: AbortSignal.timeout(5000),
  });
  if (response.status >= 500) throw new Error(`orders answered ${response.status}`);
  return [response.status, await response.json()];
}

async function route(request) {
  const { pathname, searchParams } = new URL(request.url, "http://storefront");
  if (request.method !== "GET") return [405, { error: "only GET is answered" }];
  if (pathname === "/healthz") return [200, { status: "ok" }];
  if (pathname !== "/buy") return [404, { error: "try /buy?item=book" }];
  try {
    return await placeOrder(searchParams.get("item") ?? "book");
  } catch (error) {
    console.error(`order failed: ${error.message}`);
    return [502, { error: error.message }];
  }
}

const server = http.createServer(async (request, response) => {
  const [status, body] = await route(request);
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
});

process.once("SIGTERM", () => {
  server.close();
  server.closeIdleConnections();
});

server.listen(port, () => console.log(`storefront listening on ${port}`));
