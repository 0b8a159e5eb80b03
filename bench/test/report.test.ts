import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { GOALS, verdict } from "../goals.ts";
import { markdown } from "../report/markdown.ts";
import { plot } from "../report/plot.ts";
import { write } from "../report/write.ts";
import { byRound, type Results, summary } from "../results.ts";
import { WORKLOADS } from "../workloads/all.ts";
import { SAMPLE } from "./sample.ts";

const hello = SAMPLE.workloads[0]!;

test("a row is the median of the rounds that count, with the least and the most", () => {
  const text = markdown(SAMPLE);
  assert.match(
    text,
    /\| Portico, fetch handler \| 12\.0 \[10\.0–14\.0\] \| 40\.0 \[40\.0–40\.0\] \| 30,000 /,
  );
  assert.match(text, /\| node:http \| 22\.5 \[20\.0–25\.0\]/);
});

test("CPU and memory come first, and a column that nobody has is left out", () => {
  assert.match(
    markdown(SAMPLE),
    /\| {2}\| CPU µs\/request \| memory per worker, own \(USS\), MB \| requests\/s \|\n/,
  );
});

test("a row in which a request failed does not count and is told, without places of this machine", () => {
  const text = markdown(SAMPLE);
  assert.match(text, /- node:http, round 3: requests failed: 2 status of 9/);
  assert.match(text, /- Broken & <gone>, round 1: exited with 1: …\/server\.ts {3}gone/);
  assert.doesNotMatch(text, /\| Broken/);
  assert.deepEqual([...byRound(SAMPLE, "hello", "node:http", "cpu").keys()], [1, 2]);
});

test("a peer that could not be had is named with the reason, and a smoke run says that it is one", () => {
  const text = markdown(SAMPLE);
  assert.match(text, /- Granian: pip could not be installed: no wheel/);
  assert.match(text, /A smoke run/);
});

test("a goal is compared round by round", () => {
  const goal = GOALS.find(({ about }) => about === "13 bytes, against node:http")!;
  assert.deepEqual(verdict(SAMPLE, goal), {
    goal,
    measured: { median: 0.55, least: 0.4, most: 0.7 },
    met: "goal",
  });
  assert.match(
    markdown(SAMPLE),
    /\| 13 bytes, against node:http \| ≤ 0\.6 \| ≤ 0\.45 \| 0\.55 \[0\.40–0\.70\] \| met \|/,
  );
});

test("a goal with no round is not called met", () => {
  const nothing: Results = { ...SAMPLE, samples: [] };
  for (const goal of GOALS) assert.equal(verdict(nothing, goal).met, "not measured");
});

test("every figure that a goal names is measured", () => {
  for (const { about, ours, theirs } of GOALS)
    for (const { workload, peer, metric } of [ours, theirs]) {
      const found = WORKLOADS.find(({ id }) => id === workload);
      assert.ok(found, `${about}: no workload ${workload}`);
      assert.ok(found.metrics.includes(metric), `${about}: ${workload} has no ${metric}`);
      assert.ok(
        found.peers.some(({ name }) => name === peer),
        `${about}: ${workload} has no peer ${peer}`,
      );
    }
});

test("no workload has two peers of one name", () => {
  for (const { id, peers } of WORKLOADS)
    assert.equal(new Set(peers.map(({ name }) => name)).size, peers.length, id);
});

test("a plot has a bar for each peer that counts", () => {
  const svg = plot(SAMPLE, hello)!;
  assert.equal(svg.match(/<rect /g)?.length, 2);
  assert.equal(svg.match(/<circle /g)?.length, 5);
  assert.equal(plot({ ...SAMPLE, samples: [] }, hello), undefined);
});

test("all is drawn from results.json", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "portico-report-"));
  t.after(() => rmSync(folder, { recursive: true }));
  write(SAMPLE, folder);
  const read = JSON.parse(readFileSync(join(folder, "results.json"), "utf8")) as Results;
  assert.deepEqual(read, SAMPLE);
  assert.equal(readFileSync(join(folder, "RESULTS.md"), "utf8"), markdown(read));
  assert.deepEqual(readdirSync(join(folder, "plots")), ["hello.svg"]);
});

test("the summary of an even number of rounds lies between the middle ones", () => {
  assert.deepEqual(summary([4, 1, 3, 2]), { median: 2.5, least: 1, most: 4 });
  assert.equal(summary([]), undefined);
});
