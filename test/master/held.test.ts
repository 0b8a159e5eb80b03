import assert from "node:assert/strict";
import { readdirSync, readlinkSync, writeSync } from "node:fs";
import { endianness } from "node:os";
import { describe, it } from "node:test";
import { heldText } from "../../src/master/exit-line.ts";
import { HeldMemory, heldLines, takenNumbers } from "../../src/master/held-memory.ts";
import { packetFacts } from "../../src/master/packet-facts.ts";
import { packet } from "../support/uwsgi-packet.ts";

const TOLD = { REQUEST_METHOD: "POST", REQUEST_URI: "/a?b", PATH_INFO: "/a", REMOTE_ADDR: "192.0.2.7" };

describe("the facts of a packet", () => {
  it("are its method, target and client", () => {
    const facts = { method: "POST", target: "/a?b", address: "192.0.2.7" };
    assert.deepEqual(packetFacts(packet(TOLD)), facts);
    assert.deepEqual(packetFacts(Buffer.concat([packet(TOLD), Buffer.alloc(500, 1)])), facts);
    assert.equal(packetFacts(packet({ ...TOLD, REQUEST_URI: "" })).target, "/a");
    const stranger = packet(TOLD);
    stranger[3] = 1;
    assert.deepEqual(packetFacts(stranger), { ...facts, address: "-" });
  });

  it("are as many as there are where it is cut off or is none", () => {
    const whole = packet(TOLD);
    const seen = new Set<string>();
    for (let size = 4; size <= whole.length; size++)
      seen.add(JSON.stringify(Object.values(packetFacts(whole.subarray(0, size)))));
    const order = ['["-","-","-"]', '["POST","-","-"]', '["POST","/a?b","-"]', '["POST","/a?b","192.0.2.7"]'];
    assert.deepEqual([...seen], order);
    assert.deepEqual(packetFacts(Buffer.alloc(8192, 0xff)), { method: "-", target: "-", address: "-" });
  });
});

describe("the memory that a Python worker shares", () => {
  it("has no name, and tells of the threads that serve", () => {
    const memory = HeldMemory.create(3, "/nowhere")!;
    try {
      assert.deepEqual(heldLines(memory.read()), []);
      assert.deepEqual(takenNumbers(memory.read()), []);
      const since = Buffer.alloc(8);
      const seconds = Number(process.hrtime.bigint()) / 1e9 - 61;
      if (endianness() === "LE") since.writeDoubleLE(seconds);
      else since.writeDoubleBE(seconds);
      writeSync(memory.fd, since, 0, 8, 8);
      const bytes = packet(TOLD);
      writeSync(memory.fd, bytes, 0, bytes.length, 3 * (8 + 8) + 8192);
      writeSync(memory.fd, Buffer.from([1, 2, 3, 0x84, bytes.length]), 0, 5, 3 * 8 + 8);
      const [line, ...more] = heldLines(memory.read());
      assert.match(line!, /^POST \/a\?b from 192\.0\.2\.7, 6\d\.\d s$/);
      assert.deepEqual(more, []);
      assert.deepEqual(takenNumbers(memory.read()), [0x84030201]);
      assert.match(readlinkSync(`/proc/self/fd/${memory.fd}`), /\(deleted\)$/);
      assert.deepEqual(
        readdirSync("/dev/shm").filter((name) => name.startsWith(`portico-${process.pid}-`)),
        [],
      );
    } finally {
      memory.close();
    }
  });
});

describe("what a killed worker held", () => {
  const report = { requests: 9, inFlight: 0, connections: 0, rss: 1 };
  const told = (inFlight: number, held: string[] | undefined): string =>
    heldText({
      held: () => undefined,
      report: { ...report, inFlight, ...(held && { held }) },
      reportedAt: performance.now(),
    });

  it("by its report is bounded and nothing of it is raw, whatever the report says", () => {
    assert.equal(told(0, undefined), "");
    assert.match(told(1, undefined), /^, holding 1 request as of its last report, 0\.\d s before$/);
    const text = told(
      1e9,
      Array.from({ length: 5000 }, () => `GET /\n\x1b[2J${"x".repeat(100_000)}`),
    );
    const lines = text.split("\n");
    assert.equal(lines.length, 22);
    assert.ok(lines.every((line) => line.length < 450));
    assert.match(lines[1]!, /^ {2}GET \/\\x0a\\x1b\[2Jx+…$/);
    assert.equal(lines[21], "  and 999999980 more");
  });

  it("by its shared memory says nothing of reports", () => {
    const handle = { report: { ...report, inFlight: 7 }, reportedAt: 0 };
    assert.equal(heldText({ ...handle, held: () => [] }), "");
    assert.equal(
      heldText({ ...handle, held: () => ["GET / from -, 0.1 s"] }),
      ", holding 1 request:\n  GET / from -, 0.1 s",
    );
  });
});
