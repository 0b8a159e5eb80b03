import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { acceptFrom } from "../../src/transport/accept.ts";
import { HandleTransport } from "../../src/transport/handle-transport.ts";
import { SocketTransport } from "../../src/transport/socket-transport.ts";
import type { Transport, TransportListener } from "../../src/transport/transport.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

/** What a transport told, in order; data is counted and kept. */
class Heard implements TransportListener {
  readonly events: string[] = [];
  data = "";
  readonly #waiting: [string, () => void][] = [];

  /** Resolves when it was told `event`. */
  async of(event: string): Promise<void> {
    if (!this.events.includes(event))
      await new Promise<void>((resolve) => this.#waiting.push([event, resolve]));
  }
  async dataOf(length: number): Promise<string> {
    while (this.data.length < length)
      await new Promise<void>((resolve) => this.#waiting.push(["data", resolve]));
    return this.data;
  }
  tell(event: string): void {
    if (event !== "data") this.events.push(event);
    for (const [wanted, resolve] of this.#waiting) if (wanted === event) resolve();
  }
  arrived(chunk: Buffer): void {
    this.data += chunk.toString("latin1");
    this.tell("data");
  }
  peerEnded(): void {
    this.tell("peerEnded");
  }
  drained(): void {
    this.tell("drained");
  }
  closed(): void {
    this.tell("closed");
  }
}

/** A connection, both ends of it. */
async function connected(t: TestContext, direct: boolean, path?: string) {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(path ?? { port: 0, host: "127.0.0.1" }, resolve));
  const taken = Promise.withResolvers<Transport>();
  acceptFrom(server, direct, taken.resolve);
  const address = server.address() as AddressInfo;
  const client = path === undefined ? connect(address.port, "127.0.0.1") : connect(path);
  client.on("error", () => {});
  const transport = await taken.promise;
  assert.ok(transport instanceof (direct ? HandleTransport : SocketTransport));
  t.after(() => {
    client.destroy();
    transport.destroy();
    server.close();
  });
  const heard = new Heard();
  transport.start(heard);
  return { client, transport, heard };
}

async function all(socket: Socket): Promise<string> {
  let text = "";
  for await (const chunk of socket) text += (chunk as Buffer).toString("latin1");
  return text;
}

for (const direct of [true, false]) {
  describe(direct ? "a transport on a handle" : "a transport on a socket", () => {
    it("carries text and bytes both ways, and tells who is there", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      assert.equal(transport.isUnix, false);
      assert.equal(transport.remoteAddress, "127.0.0.1");
      assert.equal(transport.remotePort, client.localPort);
      assert.equal(transport.localAddress, "127.0.0.1");
      client.write("hello");
      assert.equal(await heard.dataOf(5), "hello");
      transport.write("caf\xe9 ");
      transport.write(Buffer.from("bytes "));
      transport.writeAll(["one ", Buffer.from("two "), "three\xff"]);
      transport.writeAll([Buffer.from(" four"), Buffer.from(" five")]);
      transport.end(() => heard.tell("sent"));
      assert.equal(await all(client), "caf\xe9 bytes one two three\xff four five");
      await heard.of("sent");
      await heard.of("closed");
      assert.deepEqual(heard.events, ["sent", "peerEnded", "closed"]);
    });

    it("knows a unix socket", async (t) => {
      const path = join(temporaryDirectory(t), "transport.sock");
      const { client, transport, heard } = await connected(t, direct, path);
      assert.deepEqual(
        [transport.isUnix, transport.remoteAddress, transport.remotePort, transport.localAddress],
        [true, "", 0, ""],
      );
      client.end("x");
      await heard.of("peerEnded");
      assert.equal(heard.data, "x");
      transport.write("whole");
      transport.end(() => {});
      assert.equal(await all(client), "whole");
      await heard.of("closed");
    });

    it("says when enough is waiting, and when it has been taken", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      const chunk = Buffer.alloc(1024 * 1024, "x");
      let sent = 0;
      let more = true;
      while (more) {
        more = transport.write(chunk);
        sent += chunk.length;
      }
      assert.ok(transport.unsent > 0);
      assert.deepEqual(heard.events, []);
      let got = 0;
      client.on("data", (data) => {
        got += data.length;
      });
      await heard.of("drained");
      assert.equal(transport.unsent, 0);
      const text = "y".repeat(4 * 1024 * 1024);
      transport.write(text);
      transport.end(() => {});
      await once(client, "end");
      assert.equal(got, sent + text.length);
    });

    it("reads nothing while it is paused", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      transport.pause();
      const part = Buffer.alloc(256 * 1024, "p");
      // More than the kernel keeps: the client cannot get rid of it.
      let held = true;
      while (held) held = client.write(part);
      assert.equal(heard.data, "");
      transport.resume();
      await once(client, "drain");
      client.end();
      await heard.of("peerEnded");
      assert.equal(heard.data.length % part.length, 0);
    });

    it("tells once that it is over when it is destroyed, and says nothing more", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      transport.destroy();
      transport.destroy();
      assert.equal(transport.ended, true);
      assert.equal(transport.write("late"), true);
      transport.resume();
      transport.pause();
      assert.equal(await all(client), "");
      await heard.of("closed");
      assert.deepEqual(heard.events, ["closed"]);
    });

    it("resets so that the peer can tell", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      client.write("x");
      await heard.dataOf(1);
      const failed = once(client, "error");
      client.resume();
      transport.reset();
      const [error] = (await failed) as [NodeJS.ErrnoException];
      assert.equal(error.code, "ECONNRESET");
      await heard.of("closed");
      assert.deepEqual(heard.events, ["closed"]);
    });

    it("is over when the peer resets", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      client.resetAndDestroy();
      await heard.of("closed");
      assert.equal(transport.ended, true);
      assert.deepEqual(heard.events, ["closed"]);
    });

    it("is over when the peer resets with writes waiting", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      client.pause();
      while (transport.write(Buffer.alloc(1024 * 1024)));
      client.resetAndDestroy();
      await heard.of("closed");
      assert.ok(!heard.events.includes("drained"));
      assert.equal(transport.unsent, 0);
    });

    it("calls back about an end that never could be sent", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      while (transport.write(Buffer.alloc(1024 * 1024)));
      transport.end(() => heard.tell("sent"));
      client.resetAndDestroy();
      await heard.of("closed");
      assert.deepEqual(heard.events, ["sent", "closed"]);
    });

    it("hands over a socket that works like any other", async (t) => {
      const { client, transport, heard } = await connected(t, direct);
      client.write("before");
      await heard.dataOf(6);
      const socket = transport.detach();
      client.write("after");
      // Nobody reads yet: nothing is lost.
      await new Promise((resolve) => setImmediate(resolve));
      const [first] = (await once(socket, "data")) as [Buffer];
      assert.equal(first.toString(), "after");
      assert.equal(socket.remotePort, client.localPort);
      const large = Buffer.alloc(1024 * 1024, "z");
      let got = 0;
      socket.on("data", (data) => {
        got += data.length;
      });
      client.end(large);
      await once(socket, "end");
      assert.equal(got, large.length);
      socket.end("bye");
      assert.equal(await all(client), "bye");
      await heard.of("closed");
      assert.deepEqual([heard.data, heard.events], ["before", ["closed"]]);
    });
  });
}
