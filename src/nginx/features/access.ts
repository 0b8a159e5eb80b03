import { feature } from "../feature.ts";
import { scoped, wanted } from "../setting-values.ts";
import { isNetwork } from "./real-ip.ts";

interface Gate {
  readonly path: string;
  /** As `allow` and `deny` take them, in order. */
  readonly lines: readonly string[];
}

/** Who may come in, by address. */
export const access = feature<{ gates: Gate[] }>({
  settings: {
    access: {
      text: "[/path] ADDRESS… or !ADDRESS… or all: the addresses and networks that may come in, all others get 403; those with ! may not. With ! alone all others may. `all` lifts what is said above. localhost is 127.0.0.1 ::1.",
      read(value, { gates }) {
        const { path, words } = scoped(value);
        if (gates.some((gate) => gate.path === path)) throw wanted("each path once", value);
        gates.push({ path, lines: readGate(words, value) });
      },
    },
  },
  begin: () => ({ gates: [] }),
  add({ gates }, draft) {
    if (gates.length > 0) {
      draft.pathsMatter = true;
      draft.guards.add("access");
    }
    for (const { path, lines } of gates) draft.at(path).set("access", lines);
  },
});

function readGate(words: readonly string[], value: string): string[] {
  if (words.length === 1 && words[0] === "all") return ["allow all;"];
  const entries = words.flatMap((word) => (word === "localhost" ? ["127.0.0.1", "::1"] : [word]));
  const denied = entries.filter((entry) => entry.startsWith("!")).map((entry) => entry.slice(1));
  const allowed = entries.filter((entry) => !entry.startsWith("!"));
  const bad = [...denied, ...allowed].find((entry) => entry !== "unix:" && !isNetwork(entry));
  if (entries.length === 0 || bad !== undefined)
    throw wanted("[/path] and addresses or networks, such as 10.0.0.0/8 !10.0.0.1", value);
  return [
    ...denied.map((address) => `deny ${address};`),
    ...allowed.map((address) => `allow ${address};`),
    allowed.length > 0 ? "deny all;" : "allow all;",
  ];
}
