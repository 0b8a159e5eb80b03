import { isIPv6 } from "node:net";

/** What a client is counted by: its address; of IPv6 the network of 64 bits, since a client has all of its addresses. */
export function clientNetwork(address: string): string {
  if (!isIPv6(address)) return address;
  // 1::2.3.4.5 ends in two groups.
  const text = address.split("%")[0]!.replace(/\d+\.\d+\.\d+\.\d+$/, "0:0");
  const [head = "", tail] = text.split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined
      ? first
      : [...first, ...Array<string>(8 - first.length - last.length).fill("0"), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
