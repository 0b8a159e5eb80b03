import { BlockList, isIP } from "node:net";
import type { Transport } from "../transport/transport.ts";

/** The other end of a connection, looked at once. */
export interface Peer {
  /** "" for a unix socket. */
  readonly address: string;
  readonly port: number;
  /** Whether its word on who the client is may be taken. */
  readonly trusted: boolean;
}

/** Whose word on who the client is (X-Forwarded-For, REMOTE_ADDR) may be taken. */
export interface Trust {
  peer(transport: Transport): Peer;
  address(address: string): boolean;
}

/** Addresses that were looked up in the list: that takes longer than parsing a head's first line. */
const MOST_KNOWN = 1_024;
/** Characters of an IPv6 address with an IPv4 one in it. */
const LONGEST_ADDRESS = 45;

/**
 * Unix sockets and loopback are trusted, and what is configured besides: addresses and CIDR ranges.
 * An address that cannot be read is never trusted.
 */
export function createTrust(trustedPeers: readonly string[]): Trust {
  const list = new BlockList();
  for (const entry of ["127.0.0.0/8", "::1", ...trustedPeers]) {
    const [address = "", prefix] = entry.split("/");
    // Not by isIP: its pattern for IPv6 takes 9 ms and 2 MB at its first use, and few workers ever use it.
    const family = address.includes(":") ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  const check = (text: string): boolean => {
    const plain = plainAddress(text);
    const version = isIP(plain);
    return version !== 0 && list.check(plain, version === 6 ? "ipv6" : "ipv4");
  };
  const known = new Map<string, boolean>();
  const address = (text: string): boolean => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const trusted = check(text);
    if (known.size === MOST_KNOWN) known.clear();
    // A part of a string keeps the whole of it, which may be a head of many kilobytes.
    if (text.length <= LONGEST_ADDRESS) known.set(Buffer.from(text, "latin1").toString("latin1"), trusted);
    return trusted;
  };
  return {
    address,
    peer: ({ isUnix, remoteAddress, remotePort }) => ({
      address: plainAddress(remoteAddress),
      port: remotePort,
      // Who may connect to a unix socket was decided by its mode.
      trusted: isUnix || address(remoteAddress),
    }),
  };
}

/** An IPv4 address that arrived on an IPv6 socket, as people write it (RFC 4291, section 2.5.5.2). */
export function plainAddress(address: string): string {
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice(7) : address;
}

/**
 * The client's address: the last one in X-Forwarded-For that no trusted proxy wrote about itself,
 * read from the right, since everything further left may have been sent by the client.
 */
export function forwardedClient(forwardedFor: string, trust: Trust): string | undefined {
  let client: string | undefined;
  for (let end = forwardedFor.length; end >= 0; ) {
    const comma = end === 0 ? -1 : forwardedFor.lastIndexOf(",", end - 1);
    const hop = forwardedFor.slice(comma + 1, end).trim();
    if (isIP(hop) === 0) return client;
    client = hop;
    if (!trust.address(hop)) return client;
    end = comma;
  }
  return client;
}
