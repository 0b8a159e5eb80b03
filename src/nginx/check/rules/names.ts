import { at, type Finding, type Rule } from "../finding.ts";
import { find, type Node } from "../tree.ts";

/** Two servers that claim the same name or default on the same address: one of them is never asked. */
export const serverNames: Rule = (nodes) => {
  const findings: Finding[] = [];
  const byName = new Map<string, Node>();
  const defaults = new Map<string, Node>();
  for (const server of find(nodes, "server").filter(
    ({ block, parent }) => block && parent?.name !== "upstream",
  )) {
    const inside = server.block ?? [];
    const listens = inside.filter(({ name }) => name === "listen");
    const names = inside.filter(({ name }) => name === "server_name").flatMap(({ args }) => args);
    for (const address of new Set(listens.length > 0 ? listens.map(addressOf) : ["*:80"]))
      for (const name of new Set(names.length > 0 ? names : [""])) {
        const key = `${name.toLowerCase()} ${address}`;
        const first = byName.get(key);
        if (first === undefined) byName.set(key, server);
        else if (first !== server)
          findings.push(
            at(
              server,
              "warning",
              "name-clash",
              `${name === "" ? "a server without a name" : `server_name ${name}`} on ${address} is taken: ${first.file}:${first.line} has it`,
              "NGINX asks the first of the two and passes over this one",
            ),
          );
      }
    for (const listen of listens.filter(
      ({ args }) => args.includes("default_server") || args.includes("default"),
    )) {
      const first = defaults.get(addressOf(listen));
      if (first === undefined) defaults.set(addressOf(listen), listen);
      else
        findings.push(
          at(
            listen,
            "error",
            "two-defaults",
            `a second default_server on ${addressOf(listen)}: ${first.file}:${first.line} is it already`,
            "NGINX does not start with two",
          ),
        );
    }
  }
  return findings;
};

/** As NGINX compares them: "*:80". */
function addressOf({ args: [address = ""] }: Node): string {
  if (/^\d+$/.test(address)) return `*:${address}`;
  if (address.startsWith("unix:")) return address;
  return (/:\d+$/.test(address) && !address.endsWith("]") ? address : `${address}:80`).replace(
    /^0\.0\.0\.0:/,
    "*:",
  );
}
