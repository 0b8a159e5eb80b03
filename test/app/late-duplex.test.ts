import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex, finished, Readable, Writable } from "node:stream";
import { describe, test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { LateDuplex } from "../../src/app/late-duplex.ts";

class Echo extends LateDuplex {
  readonly written: string[] = [];

  override _read(): void {}

  override _write(chunk: unknown, _encoding: BufferEncoding, callback: () => void): void {
    this.written.push(String(chunk));
    callback();
  }

  override _writev(chunks: { chunk: unknown }[], callback: () => void): void {
    this.written.push(chunks.map(({ chunk }) => String(chunk)).join("+"));
    callback();
  }
}

/** As node names it. */
const state = (stream: Duplex) =>
  (stream as unknown as { _writableState: Record<string, unknown> })._writableState;

describe("a duplex whose streams are made late", () => {
  test("is a Duplex to whoever asks", () => {
    const echo = new Echo();
    assert.ok(echo instanceof Duplex && echo instanceof Readable && echo instanceof Writable);
    assert.equal(echo.isMade, false);
  });

  test("tells before what a new Duplex tells", () => {
    const late = new Echo() as unknown as Record<string, unknown>;
    const usual = new Duplex({ decodeStrings: false }) as unknown as Record<string, unknown>;
    const names = ["destroyed", "errored", "readable", "writable", "writableCorked", "writableLength"].concat(
      ["readableHighWaterMark", "writableHighWaterMark"],
    );
    for (const name of names) assert.equal(late[name], usual[name], name);
    assert.equal(late["isMade"], false);
    const others = [
      "closed",
      "writableEnded",
      "writableFinished",
      "writableNeedDrain",
      "readableEnded",
    ].concat([
      "readableFlowing",
      "readableLength",
      "readableObjectMode",
      "writableObjectMode",
      "allowHalfOpen",
    ]);
    for (const name of others) assert.equal(late[name], usual[name], name);
  });

  test("what node's end does to a socket makes no streams", () => {
    const echo = new Echo();
    echo.cork();
    assert.equal(echo.writableCorked, 1);
    state(echo)["corked"] = 1;
    echo.uncork();
    assert.equal(echo.writableCorked, 0);
    echo.uncork();
    assert.equal(echo.writableCorked, 0);
    assert.equal(echo.isMade, false);
  });

  test("what was corked before is corked after", async () => {
    const echo = new Echo();
    echo.cork();
    echo.cork();
    echo.write("a");
    echo.write("b");
    assert.equal(echo.writableCorked, 2);
    echo.uncork();
    assert.deepEqual(echo.written, []);
    echo.uncork();
    await turn();
    assert.deepEqual(echo.written, ["a+b"]);
  });

  test("a state that was kept from before is that of the streams", async () => {
    const echo = new Echo();
    const before = state(echo);
    echo.cork();
    echo.write("abc");
    assert.equal(before["length"], 3);
    assert.equal(before["corked"], 1);
    before["corked"] = 0;
    assert.equal(echo.writableCorked, 0);
    assert.ok(before instanceof (Writable as unknown as { WritableState: new () => object }).WritableState);
  });

  test("listeners from before are heard, and listening for the end makes no streams", async () => {
    const echo = new Echo();
    const heard: string[] = [];
    const never = () => heard.push("never");
    echo.on("close", never);
    echo.addListener("error", never);
    echo.off("close", never).removeListener("error", never);
    echo.once("close", () => heard.push("close"));
    assert.equal(echo.isMade, false);
    echo.destroy();
    assert.equal(echo.destroyed, true);
    assert.equal(echo.writable, false);
    await once(echo, "close").catch(() => {});
    assert.deepEqual(heard, ["close"]);
  });

  test("reads, writes, ends and pipes as a Duplex does", async () => {
    const echo = new Echo();
    const read: string[] = [];
    echo.on("data", (chunk) => read.push(String(chunk)));
    assert.equal(echo.isMade, true);
    echo.push("in");
    echo.push(null);
    const over = new Promise((resolve) => finished(echo, resolve));
    Readable.from(["o", "ut"]).pipe(echo);
    assert.equal(await over, undefined);
    assert.deepEqual(read, ["in"]);
    assert.equal(echo.written.join(""), "out");
    assert.equal(echo.writableFinished, true);
  });

  test("one does not tell of another", () => {
    const [one, other] = [new Echo(), new Echo()];
    one.cork();
    one.end("x");
    assert.equal(one.writableEnded, true);
    assert.equal(other.isMade, false);
    assert.equal(other.writableCorked, 0);
    assert.equal(other.writable, true);
  });
});
