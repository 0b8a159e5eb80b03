import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connectTo } from "../../src/transport/connect.ts";
import { HandleTransport } from "../../src/transport/handle-transport.ts";
import { SocketTransport } from "../../src/transport/socket-transport.ts";
import type { Transport } from "../../src/transport/transport.ts";
import { temporaryDirectory } from "../support/temp-directory.ts";

/** A server on a unix socket that hands over what connects. */
async function listening(t: TestContext) {
  const path = join(temporaryDirectory(t), "peer.sock");
  const peers: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => void peers.push(socket));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const accepted = once(server, "connection") as Promise<[Socket]>;
  t.after(() => {
    for (const peer of peers) peer.destroy();
    server.close();
  });
  return { path, accepted };
}

/** Connects, and waits for what comes of it. */
async function connecting(t: TestContext, path: string, direct: boolean, opening: string) {
  const made = Promise.withResolvers<Error | undefined>();
  const { transport, isTaken } = connectTo(path, direct, opening, made.resolve);
  assert.ok(transport instanceof (direct ? HandleTransport : SocketTransport));
  t.after(() => transport.destroy());
  return { transport, isTaken, error: await made.promise };
}

/** Starts it and resolves to all that the peer says, once it has ended. */
function hearing(transport: Transport): Promise<string> {
  let text = "";
  return new Promise((resolve) =>
    transport.start({
      arrived: (chunk) => {
        text += chunk.toString("latin1");
      },
      peerEnded: () => resolve(text),
      drained: () => {},
      closed: (failure) => resolve(`${text}${failure?.message}`),
    }),
  );
}

for (const direct of [true, false]) {
  describe(direct ? "a connection on a handle" : "a connection on a socket", () => {
    for (const opening of ["", "caf\xe9", "x".repeat(4 * 1024 * 1024)]) {
      it(`is made with an opening of ${opening.length} bytes, and carries bytes both ways`, async (t) => {
        const { path, accepted } = await listening(t);
        const made = connecting(t, path, direct, opening);
        const [peer] = await accepted;
        let got = "";
        peer.setEncoding("latin1").on("data", (text: string) => {
          got += text;
        });
        const { transport, isTaken, error } = await made;
        assert.equal(error, undefined);
        assert.equal(isTaken, direct && opening !== "");
        assert.deepEqual([transport.isUnix, transport.remoteAddress], [true, ""]);
        const heard = hearing(transport);
        transport.writeAll([" and ", Buffer.from("more")]);
        transport.end(() => {});
        await once(peer, "end");
        assert.equal(got, `${opening} and more`);
        peer.end("answer");
        assert.equal(await heard, "answer");
      });
    }

    it("that cannot be made says why, and that nothing was taken", async (t) => {
      const path = join(temporaryDirectory(t), "none.sock");
      const { transport, isTaken, error } = await connecting(t, path, direct, "hello");
      assert.equal(error?.message, `connect ENOENT ${path}`);
      assert.deepEqual([isTaken, transport.ended], [false, true]);
    });

    it("says nothing once it was given up", async (t) => {
      const { path, accepted } = await listening(t);
      const { transport } = connectTo(path, direct, "", () => assert.fail("it was given up"));
      transport.destroy();
      if (direct) await accepted;
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(transport.ended, true);
    });

    // A socket may tell its end before its error, and then there is none to tell.
    if (!direct) return;
    it("says what broke it", async (t) => {
      const { path, accepted } = await listening(t);
      // More than the peer reads before it is stopped: closing with bytes that nobody has read is a reset.
      const made = connecting(t, path, direct, "unread".repeat(1024 * 1024));
      const [peer] = await accepted;
      peer.pause().destroy();
      // On a handle the reset may be there before the connection was looked at.
      const { transport, error } = await made;
      assert.match(
        error?.message ?? (await hearing(transport)),
        /^(?:connect|read|write) (?:ECONNRESET|EPIPE)/,
      );
    });
  });
}
