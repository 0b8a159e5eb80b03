import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Action, decide } from "../../src/master/decide.ts";
import { type Event, initialState, type Limits, reduce, type State } from "../../src/master/state.ts";

const LIMITS: Limits = { reloadMercy: 60_000, stopMercy: 8_000, heartbeat: 30_000, boot: 120_000 };

/** The master's picture with a clock of its own: what is decided is done, as the master would. */
class Story {
  state: State;
  now = 0;
  #nextKey = 100;
  constructor(wanted: number) {
    this.state = initialState(wanted);
  }
  tell(event: Event): Action[] {
    this.state = reduce(this.state, event, this.now);
    return this.settle();
  }
  /** Decides and acts until nothing is due. */
  settle(): Action[] {
    const all: Action[] = [];
    for (
      let actions = decide(this.state, LIMITS, this.now);
      actions.length > 0;
      actions = decide(this.state, LIMITS, this.now)
    ) {
      all.push(...actions);
      for (const action of actions) {
        if (action.type === "exit") return all;
        const event: Event =
          action.type === "spawn"
            ? { type: "spawned", id: action.id, key: this.#nextKey++ }
            : action.type === "drain"
              ? { type: "draining", key: action.key }
              : action.type === "kill"
                ? { type: "killed", key: action.key }
                : { type: "reload-ended", ok: true };
        this.state = reduce(this.state, event, this.now);
      }
      assert.ok(all.length < 100, "the master decides without end");
    }
    return all;
  }
  /** Starts all workers and makes them ready. */
  serve(): this {
    this.settle();
    for (let i = 0; i < this.state.wanted; i++)
      for (const { key, phase } of this.state.workers)
        if (phase === "booting") this.tell({ type: "ready", key });
    return this;
  }
  keyOf(id: number, phase = "ready"): number {
    const worker = this.state.workers.find((candidate) => candidate.id === id && candidate.phase === phase);
    assert.ok(worker, `no ${phase} worker ${id}`);
    return worker.key;
  }
}

describe("the first start", () => {
  it("spawns one worker, and the others when it has shown that the app loads", () => {
    const story = new Story(3);
    assert.deepEqual(story.settle(), [{ type: "spawn", id: 1 }]);
    assert.deepEqual(story.tell({ type: "ready", key: story.keyOf(1, "booting") }), [
      { type: "spawn", id: 2 },
      { type: "spawn", id: 3 },
    ]);
  });
});

describe("a worker that dies", () => {
  it("is replaced at once the first time, then with waits that double", () => {
    const story = new Story(1).serve();
    story.now = 1_000;
    assert.deepEqual(story.tell({ type: "exited", key: story.keyOf(1) }), [{ type: "spawn", id: 1 }]);
    assert.deepEqual(story.tell({ type: "exited", key: story.keyOf(1, "booting") }), []);
    story.now += 999;
    assert.deepEqual(story.settle(), []);
    story.now += 1;
    assert.deepEqual(story.settle(), [{ type: "spawn", id: 1 }]);
    assert.deepEqual(story.tell({ type: "exited", key: story.keyOf(1, "booting") }), []);
    story.now += 1_999;
    assert.deepEqual(story.settle(), []);
    story.now += 1;
    assert.deepEqual(story.settle(), [{ type: "spawn", id: 1 }]);
  });

  it("is forgiven when it had served for long", () => {
    const story = new Story(1).serve();
    for (let i = 0; i < 5; i++) {
      story.now += 60_000;
      story.tell({ type: "heard", key: story.keyOf(1) });
      assert.deepEqual(story.tell({ type: "exited", key: story.keyOf(1) }), [{ type: "spawn", id: 1 }]);
      story.tell({ type: "ready", key: story.keyOf(1, "booting") });
    }
  });

  it("that asked to be replaced goes on until its successor is ready", () => {
    const story = new Story(2).serve();
    const old = story.keyOf(2);
    assert.deepEqual(story.tell({ type: "unfit", key: old }), [{ type: "spawn", id: 2 }]);
    assert.deepEqual(story.tell({ type: "ready", key: story.keyOf(2, "booting") }), [
      { type: "drain", key: old, mercy: LIMITS.reloadMercy },
    ]);
  });
});

describe("a reload", () => {
  it("renews one place after the other, and drains an old worker only when the new one is ready", () => {
    const story = new Story(2).serve();
    const [old1, old2] = [story.keyOf(1), story.keyOf(2)];
    assert.deepEqual(story.tell({ type: "reload", wanted: 2 }), [{ type: "spawn", id: 1 }]);
    assert.deepEqual(story.tell({ type: "ready", key: story.keyOf(1, "booting") }), [
      { type: "drain", key: old1, mercy: LIMITS.reloadMercy },
      { type: "spawn", id: 2 },
    ]);
    assert.deepEqual(story.tell({ type: "ready", key: story.keyOf(2, "booting") }), [
      { type: "drain", key: old2, mercy: LIMITS.reloadMercy },
    ]);
    assert.deepEqual(story.tell({ type: "exited", key: old1 }), []);
    assert.deepEqual(story.tell({ type: "exited", key: old2 }), [{ type: "reload-done" }]);
    assert.equal(story.state.reloading, false);
  });

  it("is done after two seconds though an old worker still has something to finish", () => {
    const story = new Story(1).serve();
    story.tell({ type: "reload", wanted: 1 });
    story.tell({ type: "ready", key: story.keyOf(1, "booting") });
    story.now = 1_999;
    assert.deepEqual(story.settle(), []);
    story.now = 2_000;
    assert.deepEqual(story.settle(), [{ type: "reload-done" }]);
  });

  it("that was given up leaves the old workers in their places", () => {
    const story = new Story(2).serve();
    story.tell({ type: "reload", wanted: 2 });
    story.state = reduce(story.state, { type: "exited", key: story.keyOf(1, "booting") }, story.now);
    assert.deepEqual(story.tell({ type: "reload-ended", ok: false }), []);
    assert.equal(story.state.workers.filter(({ phase }) => phase === "ready").length, 2);
  });

  it("that was given up leaves as many workers as there were", () => {
    for (const wanted of [1, 3]) {
      const story = new Story(2).serve();
      story.tell({ type: "reload", wanted });
      for (const { key, phase } of story.state.workers)
        if (phase === "booting") story.state = reduce(story.state, { type: "exited", key }, story.now);
      assert.deepEqual(story.tell({ type: "reload-ended", ok: false }), []);
      assert.equal(story.state.wanted, 2);
    }
  });

  it("to fewer workers drains the surplus last, to more adds them", () => {
    const story = new Story(2).serve();
    const old2 = story.keyOf(2);
    story.tell({ type: "reload", wanted: 1 });
    const actions = story.tell({ type: "ready", key: story.keyOf(1, "booting") });
    assert.ok(actions.some((action) => action.type === "drain" && action.key === old2));
    story.now = 2_000;
    story.settle();
    const more = story.tell({ type: "reload", wanted: 3 });
    assert.deepEqual(
      more.filter(({ type }) => type === "spawn"),
      [1, 2, 3].map((id) => ({ type: "spawn", id })),
    );
  });
});

describe("time limits", () => {
  it("a silent worker is killed once, a heard one is not", () => {
    const story = new Story(2).serve();
    story.now = 30_000;
    story.tell({ type: "heard", key: story.keyOf(1) });
    story.now = 30_001;
    const silent = story.keyOf(2);
    assert.deepEqual(story.settle(), [{ type: "kill", key: silent, why: "heartbeat" }]);
    story.now = 40_000;
    assert.deepEqual(story.settle(), []);
  });

  it("a draining worker is killed after its mercy and a margin", () => {
    const story = new Story(1).serve();
    story.tell({ type: "reload", wanted: 1 });
    const old = story.keyOf(1);
    story.tell({ type: "ready", key: story.keyOf(1, "booting") });
    story.now = LIMITS.reloadMercy + 1_000;
    story.tell({ type: "heard", key: story.keyOf(1) });
    assert.deepEqual(story.settle(), []);
    story.now += 1;
    assert.deepEqual(story.settle(), [{ type: "kill", key: old, why: "mercy" }]);
  });
});

describe("a stop", () => {
  it("drains the ready, kills the booting, and exits when nobody is left", () => {
    const story = new Story(2).serve();
    story.tell({ type: "reload", wanted: 2 });
    const booting = story.keyOf(1, "booting");
    const ready = [story.keyOf(1), story.keyOf(2)];
    assert.deepEqual(story.tell({ type: "stop" }), [
      ...ready.map((key) => ({ type: "drain" as const, key, mercy: LIMITS.stopMercy })),
      { type: "kill", key: booting, why: "stop" },
    ]);
    for (const key of [booting, ...ready])
      story.state = reduce(story.state, { type: "exited", key }, story.now);
    assert.deepEqual(story.settle(), [{ type: "exit" }]);
  });

  it("kills what is left after its mercy", () => {
    const story = new Story(1).serve();
    story.tell({ type: "stop" });
    story.now = LIMITS.stopMercy + 1_000;
    assert.deepEqual(story.settle(), [{ type: "kill", key: story.keyOf(1, "draining"), why: "mercy" }]);
  });
});
