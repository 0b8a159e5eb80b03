import { isIPv4, isIPv6 } from "node:net";

/** Where a listener listens. */
export type Address =
  /** A path, or "\0name" in Linux's abstract namespace (unix(7)). */
  | { readonly kind: "unix"; readonly path: string }
  /** `host` "": every address of the machine. An IPv6 host has no brackets. */
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/**
 * Reads `:5000`, `5000`, `*:5000`, `127.0.0.1:5000`, `[::1]:5000`, `localhost:5000`, `/run/hello.sock`,
 * `hello.sock`, `unix:hello.sock` and `@abstract`. What has a slash, or neither a colon nor only digits, is
 * the path of a unix socket. (uWSGI makes a unix socket of `5000` too; nobody has ever wanted that.)
 *
 * @returns undefined for what is no address
 */
export function parseAddress(text: string): Address | undefined {
  if (text.startsWith("unix:")) return unixAddress(text.slice("unix:".length));
  if (text.includes("/") || text.startsWith("@")) return unixAddress(text);

  const colon = text.lastIndexOf(":");
  if (colon < 0) return /^\d+$/.test(text) ? tcpAddress("", text) : unixAddress(text);
  const host = text.slice(0, colon);
  if (host === "" || host === "*") return tcpAddress("", text.slice(colon + 1));
  if (host.startsWith("[") && host.endsWith("]")) {
    const inner = host.slice(1, -1);
    return isIPv6(inner) ? tcpAddress(inner, text.slice(colon + 1)) : undefined;
  }
  return isHost(host) ? tcpAddress(host, text.slice(colon + 1)) : undefined;
}

/** As people write it: ":5000", "[::1]:5000", "/run/hello.sock", "@abstract". `parseAddress` reads it back. */
export function formatAddress(address: Address): string {
  if (address.kind === "unix") {
    if (address.path.startsWith("\0")) return `@${address.path.slice(1)}`;
    return /^\d+$|:/.test(address.path) && !address.path.includes("/") ? `./${address.path}` : address.path;
  }
  return `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
}

function unixAddress(path: string): Address | undefined {
  const real = path.startsWith("@") ? `\0${path.slice(1)}` : path;
  return real === "" || real === "\0" || real.endsWith("/") ? undefined : { kind: "unix", path: real };
}

function tcpAddress(host: string, port: string): Address | undefined {
  return /^\d{1,5}$/.test(port) && Number(port) <= 65535
    ? { kind: "tcp", host, port: Number(port) }
    : undefined;
}

function isHost(host: string): boolean {
  if (isIPv4(host)) return true;
  // Four groups of digits that are no IPv4 address are a slip, not a name (RFC 1123, section 2.1).
  return /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(host) && !/^[\d.]+$/.test(host);
}
