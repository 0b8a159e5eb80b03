import assert from "node:assert/strict";
import { once } from "node:events";
import { it } from "node:test";
import { responseTo } from "../../support/http-client.ts";
import { poll } from "../../support/poll.ts";
import { freshId, type Target } from "../target.ts";

/** Bytes of the download that is read slowly, and of it that may be under way: the buffers of sockets and of NGINX. */
const DOWNLOAD = 64 * 1024 * 1024;
const UNDER_WAY = 16 * 1024 * 1024;

/** Bodies that take their time, and clients that do not stay for the end. */
export function streamBehaviours(target: () => Target): void {
  const noted = async (id: string): Promise<string> => (await target().client.ask(`/notes?id=${id}`)).body;

  it("echoes a body while it is being sent", async () => {
    const { client } = target();
    const headers = ["Content-Type", "application/octet-stream", "Content-Length", "12"];
    const sent = client.begin("/echo", { method: "POST", headers });
    const answered = responseTo(sent);
    sent.write("first;");
    const response = (await answered).setEncoding("latin1");
    assert.equal(response.statusCode, 200);
    const parts = response[Symbol.asyncIterator]() as AsyncIterator<string>;
    assert.equal(await take(parts, 6), "first;");
    sent.end("second");
    assert.equal(await take(parts, 6), "second");
    assert.equal((await parts.next()).done, true);
  });

  it("sends an event while the response is open", async () => {
    const { client } = target();
    const id = freshId();
    const response = (await client.open(`/events?id=${id}`)).setEncoding("utf8");
    assert.match(response.headers["content-type"]!, /^text\/event-stream/);
    const parts = response[Symbol.asyncIterator]() as AsyncIterator<string>;
    assert.equal(await take(parts, 13), "data: first\n\n");
    assert.equal((await client.ask(`/open?id=${id}`, { method: "POST" })).status, 204);
    assert.equal(await take(parts, 14), "data: second\n\n");
    assert.equal((await parts.next()).done, true);
  });

  it("makes the app wait for a client that reads slowly", async () => {
    const { client } = target();
    const id = freshId();
    const response = await client.open(`/download?id=${id}&bytes=${DOWNLOAD}`);
    // Nobody reads: the app gets as far as the buffers on the way, and no further.
    let before = -1;
    let same = 0;
    const stood = await poll(
      async () => {
        const now = Number(await noted(id));
        same = now === before ? same + 1 : 0;
        before = now;
        return now;
      },
      () => same >= 10,
    );
    assert.ok(stood > 0 && stood < UNDER_WAY, `${stood} bytes were made for a client that read none`);
    let length = 0;
    for await (const chunk of response) length += (chunk as Buffer).length;
    assert.equal(length, DOWNLOAD);
  });

  it("tells the app that the client went before the answer", async () => {
    const { client } = target();
    const id = freshId();
    const sent = client.begin(`/hang?id=${id}`);
    sent.on("error", () => {});
    sent.end();
    await poll(
      () => noted(id),
      (text) => text === "waiting",
    );
    sent.destroy();
    await poll(
      () => noted(id),
      (text) => text === "gone",
    );
  });

  it("tells the app that the client went in the middle of the answer", async () => {
    const { client } = target();
    const id = freshId();
    const response = await client.open(`/events?id=${id}`);
    await once(response, "data");
    response.on("error", () => {});
    response.destroy();
    await poll(
      () => noted(id),
      (text) => text === "gone",
    );
    await client.ask(`/open?id=${id}`, { method: "POST" });
  });
}

/** The next characters of a stream: at least so many, or all that are left. */
async function take(parts: AsyncIterator<string>, length: number): Promise<string> {
  let text = "";
  while (text.length < length) {
    const { value, done } = await parts.next();
    if (done) break;
    text += value;
  }
  return text;
}
