import assert from "node:assert/strict";
import { it } from "node:test";
import { EARLY_HINTS } from "../differences.ts";
import { RawConnection } from "../raw-connection.ts";
import { freshId, type Target } from "../target.ts";

/** What only a client that speaks HTTP/1.1 to Portico itself can see (RFC 9112). */
export function httpDirectBehaviours(target: () => Target): void {
  const open = (): Promise<RawConnection> => RawConnection.open(target().client.port);

  it("answers pipelined requests in their order", async () => {
    const connection = await open();
    const body = '{"n":1}';
    const post = [
      "POST /json HTTP/1.1",
      "Host: a",
      "Content-Type: application/json",
      `Content-Length: ${body.length}`,
    ];
    connection.write(
      [
        "GET /path/1?x=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        `${post.join("\r\n")}\r\n\r\n${body}`,
        "HEAD /text HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /status/204 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
      ].join(""),
    );
    const all = await connection.rest();
    const statuses = [...all.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status]) => status);
    assert.deepEqual(statuses, ["200", "200", "200", "204", "200"]);
    const order = ["/path/1?x=1", '{"got":{"n":1}}', " 204 ", "Hello, World!\n"].map((text) =>
      all.indexOf(text),
    );
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    assert.ok(!order.includes(-1), all);
  });

  it("keeps a connection for one request after another, and closes it when asked", async () => {
    const connection = await open();
    for (let i = 0; i < 3; i++) {
      connection.send(["HEAD /text HTTP/1.1", "Host: a"]);
      assert.match(await connection.take("\r\n\r\n"), /^HTTP\/1\.1 200 /);
    }
    connection.send(["GET /text HTTP/1.1", "Host: a", "Connection: close"]);
    const last = await connection.rest();
    assert.match(last, /\r\nConnection: close\r\n/i);
    assert.match(last, /Hello, World!\n/);
  });

  it("answers an HTTP/1.0 client without chunks, and closes", async () => {
    const connection = await open();
    connection.send(["GET /download?bytes=5 HTTP/1.0", "Host: a"]);
    const all = await connection.rest();
    assert.doesNotMatch(all, /transfer-encoding/i);
    assert.ok(all.endsWith("\r\n\r\n....."), all);
  });

  it("breaks off a response to an HTTP/1.0 client so that it can tell", async () => {
    const connection = await open();
    const id = freshId();
    connection.send([`GET /throw-late?id=${id} HTTP/1.0`, "Host: a"]);
    await connection.take("the first bytes");
    await target().client.ask(`/open?id=${id}`, { method: "POST" });
    await assert.rejects(connection.rest(), { code: "ECONNRESET" });
  });

  it("says 100 Continue when the app reads the body, and not before", async () => {
    const connection = await open();
    connection.send([
      "POST /digest HTTP/1.1",
      "Host: a",
      "Expect: 100-continue",
      "Content-Length: 5",
      "Connection: close",
    ]);
    assert.equal(await connection.take("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    connection.write("hello");
    const rest = await connection.rest();
    assert.match(rest, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(rest, /"length":5/);
  });

  it("says no 100 Continue when the app answers without the body", async () => {
    const connection = await open();
    connection.send(["POST /method HTTP/1.1", "Host: a", "Expect: 100-continue", "Content-Length: 5"]);
    const all = await connection.rest();
    assert.match(all, /^HTTP\/1\.1 200 OK\r\n/);
    assert.match(all, /\r\nConnection: close\r\n/i);
  });

  it("sends Early Hints before the answer, where the app can say them", async () => {
    const connection = await open();
    connection.send(["GET /early HTTP/1.1", "Host: a", "Connection: close"]);
    const all = await connection.rest();
    const early = /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/style\.css>; rel=preload; as=style\r\n\r\n/i.exec(
      all,
    );
    assert.equal(early !== null, EARLY_HINTS.seenAt(target()), all);
    assert.match(all.slice(early?.[0].length ?? 0), /^HTTP\/1\.1 200 OK\r\n/);
  });
}
