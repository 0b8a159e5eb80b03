import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WriteBatch } from "../../src/gateway/write-batch.ts";

/** Senders that note their numbers when it is their turn. */
function senders() {
  const sent: number[] = [];
  return { sent, sender: (number: number) => ({ send: () => void sent.push(number) }) };
}

const endOfTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function addSome(batch: WriteBatch, count: number, sender: (n: number) => { send(): void }): void {
  for (let n = 1; n <= count; n++) batch.add(sender(n));
}

let time = 0;

describe("what connections have to say", () => {
  it("leaves together and in order when a turn of the event loop ends", async () => {
    const batch = new WriteBatch(() => time);
    const { sent, sender } = senders();
    addSome(batch, 10, sender);
    await Promise.resolve();
    assert.deepEqual(sent, []);
    await endOfTurn();
    assert.deepEqual(sent, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.equal(batch.goesAlone(), false);
  });

  it("waits for no more than fifteen others", () => {
    const batch = new WriteBatch(() => time);
    const { sent, sender } = senders();
    addSome(batch, 20, sender);
    assert.equal(sent.length, 16);
  });

  it("tells the time of the first that waits as long as the turn takes", async () => {
    const batch = new WriteBatch(() => time);
    const began = time;
    assert.equal(batch.turn, began);
    batch.add(senders().sender(1));
    time += 1;
    assert.equal(batch.turn, began);
    await endOfTurn();
    assert.equal(batch.turn, began + 1);
  });

  it("leaves alone for a while where few speak in a turn, and is then tried again", async () => {
    const batch = new WriteBatch(() => time);
    const { sent, sender } = senders();
    addSome(batch, 2, sender);
    await endOfTurn();
    let alone = 0;
    while (batch.goesAlone()) alone += 1;
    assert.equal(alone, 64);
    assert.deepEqual(sent, [1, 2]);
  });

  it("of which many came in a turn counts as many, however few were left at its end", async () => {
    const batch = new WriteBatch(() => time);
    addSome(batch, 17, senders().sender);
    await endOfTurn();
    assert.equal(batch.goesAlone(), false);
  });

  it("leaves alone for longer after one waited long for an app that computes", async () => {
    const batch = new WriteBatch(() => time);
    const { sent, sender } = senders();
    batch.add(sender(1));
    time += 3;
    addSome(batch, 8, sender);
    await endOfTurn();
    assert.equal(sent.length, 9);
    let alone = 0;
    while (batch.goesAlone()) alone += 1;
    assert.equal(alone, 1_000);
  });

  it("leaves in this tick where it came outside of a connection's reading and goes alone", async () => {
    const batch = new WriteBatch(() => time);
    const { sent, sender } = senders();
    batch.add(sender(1));
    await endOfTurn();
    batch.add(sender(2));
    await new Promise<void>((resolve) => process.nextTick(resolve));
    assert.deepEqual(sent, [1, 2]);
  });

  it("is tried again after those that left alone outside of a connection's reading", async () => {
    const batch = new WriteBatch(() => time);
    const { sent, sender } = senders();
    batch.add(sender(0));
    await endOfTurn();
    assert.ok(batch.goesAlone());
    for (let n = 1; n <= 63; n++) {
      batch.add(sender(n));
      await new Promise<void>((resolve) => process.nextTick(resolve));
      assert.equal(sent.length, n + 1);
      assert.ok(batch.goesAlone());
    }
    assert.equal(batch.goesAlone(), false);
  });
});
