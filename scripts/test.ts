import { spawnSync } from "node:child_process";
import { globSync } from "node:fs";

/** `npm test [FILE…]`: all tests, or those named, by node's own runner. Two files at a time: the machine is small and they start servers. */
const named = process.argv.slice(2);
const files = named.length > 0 ? named : globSync(["test/**/*.test.ts", "bench/test/*.test.ts"]).sort();
const { status } = spawnSync(
  process.execPath,
  [
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-concurrency=2",
    "--test-timeout=300000",
    ...files,
  ],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
