/**
 * A service for a workflow to call, on 127.0.0.1. `GET /orders` answers a total of 1,200. Every request is printed, with its body.
 * Arguments: the port, default 8099.
 */

import { createServer } from "node:http";
import { text } from "node:stream/consumers";

const port = Number(process.argv[2] ?? 8099);

const server = createServer((request, response) => {
  void text(request).then((body) => {
    console.log([request.method, request.url, body].join(" ").trim());
    const isOrders = request.method === "GET" && request.url === "/orders";
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(isOrders ? { total: 1_200 } : { stored: true }));
  });
});
server.listen(port, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${port}`));
