import { spawn } from "node:child_process";
import { join } from "node:path";

/** Runs a server of this folder (argv: its file) in several processes, each on a socket of its own: app.1.sock, app.2.sock. */
const workers = Array.from({ length: Number(process.env["WORKERS"]) }, (_, i) =>
  spawn(process.execPath, [join(import.meta.dirname, process.argv[2]!)], {
    stdio: "inherit",
    env: { ...process.env, SOCKET: `${process.env["SOCKETS"]}.${i + 1}.sock` },
  }),
);
process.on("SIGTERM", () => {
  for (const worker of workers) worker.kill();
  process.exit(0);
});
