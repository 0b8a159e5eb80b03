import { spawn } from "node:child_process";

/**
 * Waits for the end of a pipe that only the master holds; a line before that tells it to go. Then asks the leader
 * of a process group to end, once that is gone whoever is left of the group, and kills them when their time is over.
 */
const SCRIPT = `read -r line && exit
kill -s "$2" "$1"
seconds=0
while kill -s 0 -- "-$1"; do
  kill -s 0 "$1" || kill -s "$2" -- "-$1"
  [ $((seconds += 1)) -le "$3" ] || { kill -s KILL -- "-$1"; exit; }
  sleep 1
done`;

/**
 * Has a program end when the master does, even by SIGKILL, after which the master can do nothing for it: a shell
 * of its own hears from the kernel that the pipe to the master has closed. PR_SET_PDEATHSIG would be lost where
 * the program changes its user, tells nobody but the one process, and is Linux's alone.
 *
 * Where there is no shell to start, the program outlives the master until the next start.
 * @param leader of the program's process group
 * @param mercy milliseconds from the signal until what is left of the group is killed
 * @returns tells the shell to go: the program has ended. Its pid is nobody else's as long as one of its group lives.
 */
export function guardOrphan(
  leader: number,
  stopSignal: NodeJS.Signals,
  mercy: number,
  env: NodeJS.ProcessEnv,
): () => void {
  const seconds = String(Math.ceil(mercy / 1000));
  const signal = stopSignal.replace(/^SIG/, "");
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "portico-orphan-guard", String(leader), signal, seconds], {
    cwd: "/",
    env: { PATH: env["PATH"] },
    stdio: ["pipe", "ignore", "ignore"],
    // Ctrl-C is not for it.
    detached: true,
  });
  shell.on("error", () => {});
  // One that was killed reads no line.
  shell.stdin.on("error", () => {});
  return () => shell.stdin.end("\n");
}
