import { BlockList, isIP } from "node:net";
import { type AccessRule, holding } from "./rules.ts";

interface Gate {
  readonly path: string;
  readonly tests: readonly { readonly lets: boolean; fits(address: string): boolean }[];
}

/** Who may come in, by address: of the nearest path the first entry that fits counts. */
export class Access {
  readonly #gates: readonly Gate[];

  constructor(rules: readonly AccessRule[]) {
    this.#gates = rules.map(({ path, entries }) => ({
      path,
      tests: entries.map(([word, who]) => ({ lets: word === "allow", fits: fitting(who) })),
    }));
  }

  /** undefined: nothing is said of the path. */
  lets(path: string, address: string): boolean | undefined {
    const [gate] = holding(this.#gates, path);
    return gate?.tests.find(({ fits }) => fits(address))?.lets;
  }
}

function fitting(who: string): (address: string) => boolean {
  if (who === "all") return () => true;
  // Nobody comes over a socket here.
  if (who === "unix:") return () => false;
  const [network = "", bits] = who.split("/");
  const family = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
  const list = new BlockList();
  if (bits === undefined) list.addAddress(network, family(network));
  else list.addSubnet(network, Number(bits), family(network));
  return (address) => isIP(address) !== 0 && list.check(address, family(address));
}
