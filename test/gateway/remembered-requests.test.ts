import assert from "node:assert/strict";
import { test } from "node:test";
import type { Exchange } from "../../src/app/exchange.ts";
import { HttpConnection, http1Limits } from "../../src/gateway/http-connection.ts";
import { HttpFacts } from "../../src/gateway/http-facts.ts";
import { converse, gatewayServer } from "../support/gateway-server.ts";

/** A request that NGINX passes on for a client. */
function of(client: string, more = ""): string {
  return `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${client}\r\nX-Remote-User: eve\r\n${more}\r\n`;
}

/** What an app answers about requests of one kept connection, which is trusted. */
async function told(
  t: { after(done: () => unknown): void },
  requests: string[],
  tell: (exchange: Exchange) => string,
): Promise<string[]> {
  const server = await gatewayServer(
    (exchange) => exchange.respondWith(200, undefined, [], `[${tell(exchange)}]`),
    (gateway, transport) => new HttpConnection(gateway, transport, http1Limits(4096)),
  );
  t.after(() => server.close());
  const sent = [...requests, of("192.0.2.9", "Connection: close\r\n")].join("");
  const said = await converse(server.port, sent);
  return [...said.matchAll(/\[([^\]]*)\]/g)].map(([, text]) => text!).slice(0, -1);
}

test("each request is its own client's, however alike the requests of a connection are", async (t) => {
  const clients = ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1", "192.0.2.2", "192.0.2.2"];
  const answers = await told(
    t,
    clients.map((client) => of(client)),
    ({ request }) => request.remoteAddress,
  );
  assert.deepEqual(answers, clients);
});

test("what is changed about a request is not seen in the next one of the same bytes", async (t) => {
  let count = 0;
  const answers = await told(t, [of("192.0.2.1"), of("192.0.2.1"), of("192.0.2.1")], ({ request }) => {
    assert.ok(request instanceof HttpFacts);
    if (++count === 2) {
      request.identify("ann", "Basic");
      assert.equal(request.take("host"), "a");
    }
    const { REMOTE_USER, HTTP_HOST, HTTP_X_REMOTE_USER } = request.variables();
    return [REMOTE_USER, HTTP_HOST, HTTP_X_REMOTE_USER, request.headers.length].join();
  });
  assert.deepEqual(answers, [",a,eve,6", "ann,,ann,4", ",a,eve,6"]);
});
