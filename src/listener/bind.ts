import { chmodSync, chownSync } from "node:fs";
import * as net from "node:net";
import { ListenError } from "./listen-error.ts";
import { clearStaleSocket } from "./stale.ts";

/** Where to listen. A unix path that begins with NUL is in Linux's abstract namespace. */
export type ListenAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

/** A socket, bound and kept by the master for its whole life; workers inherit the descriptor and listen on it. */
export interface BoundSocket {
  readonly fd: number;
  /** As people write it. */
  readonly address: string;
  /** The file to vacuum; undefined for TCP and abstract sockets. */
  readonly path: string | undefined;
  /** The port that was got, for TCP. */
  readonly port: number | undefined;
  close(): void;
}

export interface UnixAccess {
  readonly mode: number;
  /** undefined: as it is. */
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

/** What node:net makes for its cluster module: a handle that is bound and does not accept. */
interface Handle {
  readonly fd: number;
  close(): void;
  getsockname(out: { port?: number }): number;
  listen(backlog: number): number;
}
type CreateHandle = (
  address: string,
  port: number,
  type: number,
  fd?: number,
  flags?: number,
) => Handle | number;
const createHandle = (net as unknown as { _createServerHandle: CreateHandle })._createServerHandle;

/** UV_TCP_REUSEPORT (libuv, uv_tcp_bind). */
const REUSE_PORT = 2;
/** The longest path that fits sockaddr_un, bytes (unix(7)). */
const UNIX_PATH_BYTES = 107;

/**
 * Binds a unix socket, with its mode and owner set before anybody can connect. A stale file is taken over.
 * @throws ListenError where a live server holds it, or the path is too long or not to be written.
 */
export async function bindUnix(path: string, access: UnixAccess): Promise<BoundSocket> {
  const abstract = path.startsWith("\0");
  const address = abstract ? `@${path.slice(1)}` : path;
  if (Buffer.byteLength(path) > UNIX_PATH_BYTES)
    throw new ListenError(`Cannot listen on ${address}: the path is longer than ${UNIX_PATH_BYTES} bytes`);
  if (!abstract) await clearStaleSocket(path);
  const handle = createHandle(path, -1, -1);
  if (typeof handle === "number") throw new ListenError(`Cannot listen on ${address}: ${reason(handle)}`);
  if (!abstract) {
    try {
      if (access.uid !== undefined || access.gid !== undefined)
        chownSync(path, access.uid ?? -1, access.gid ?? -1);
      chmodSync(path, access.mode);
    } catch (error) {
      handle.close();
      throw new ListenError(`Cannot listen on ${address}: ${(error as Error).message}`, { cause: error });
    }
  }
  return bound(handle, address, abstract ? undefined : path, undefined);
}

/**
 * Binds a TCP address `copies` times (SO_REUSEPORT), so that each worker has an accept queue of its own.
 * Host "": all addresses, IPv6 and IPv4. A name is bound on each of its addresses.
 * @returns one list of copies for each address of the host.
 * @throws ListenError where the port is taken, not permitted or the host unknown.
 */
export async function bindTcp(host: string, port: number, copies: number): Promise<BoundSocket[][]> {
  const name = host === "" ? `:${port}` : `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const all: BoundSocket[][] = [];
  try {
    for (const { address, family } of await addressesOf(host, name)) {
      const sockets: BoundSocket[] = [];
      all.push(sockets);
      // SO_REUSEPORT would let us share the port with a stranger of the same user: ask for it alone first.
      let got = all[0]?.[0]?.port ?? port;
      if (got !== 0) assertFree(address, got, family, name);
      for (let i = 0; i < copies; i++) {
        const handle = createHandle(address, got, family, undefined, copies > 1 ? REUSE_PORT : 0);
        if (typeof handle === "number") throw new ListenError(`Cannot listen on ${name}: ${reason(handle)}`);
        got = boundPort(handle);
        sockets.push(bound(handle, name.replace(/:0$/, `:${got}`), undefined, got));
      }
    }
  } catch (error) {
    for (const socket of all.flat()) socket.close();
    throw error;
  }
  return all;
}

function bound(
  handle: Handle,
  address: string,
  path: string | undefined,
  port: number | undefined,
): BoundSocket {
  return { fd: handle.fd, address, path, port, close: () => handle.close() };
}

function boundPort(handle: Handle): number {
  const name: { port?: number } = {};
  handle.getsockname(name);
  return name.port ?? 0;
}

async function addressesOf(host: string, name: string): Promise<{ address: string; family: number }[]> {
  if (host === "") {
    const probe = createHandle("::", 0, 6);
    if (typeof probe === "number") return [{ address: "0.0.0.0", family: 4 }];
    probe.close();
    return [{ address: "::", family: 6 }];
  }
  if (net.isIPv4(host)) return [{ address: host, family: 4 }];
  try {
    // Loaded where somebody has a name to look up.
    const { lookup } = await import("node:dns/promises");
    const found = await lookup(host, { all: true });
    return found.filter(({ address, family }) => family === 4 || usable(address));
  } catch (error) {
    throw new ListenError(`Cannot listen on ${name}: no address is known for "${host}"`, { cause: error });
  }
}

/** Whether this machine has IPv6 at all: /etc/hosts often names ::1 where it does not. */
function usable(address: string): boolean {
  const probe = createHandle(address, 0, 6);
  if (typeof probe === "number") return false;
  probe.close();
  return true;
}

/** Whoever has the port is only seen by `listen`: sockets that are bound alone share it (SO_REUSEADDR). */
function assertFree(address: string, port: number, family: number, name: string): void {
  const probe = createHandle(address, port, family);
  const error = typeof probe === "number" ? probe : probe.listen(1);
  if (typeof probe !== "number") probe.close();
  if (error !== 0) throw new ListenError(`Cannot listen on ${name}: ${reason(error, port)}`);
}

function reason(errno: number, port = 0): string {
  const { getSystemErrorMap } = process.getBuiltinModule("node:util");
  const [code, text] = getSystemErrorMap().get(errno) ?? ["", `error ${errno}`];
  return advice(code, port) ?? text;
}

function advice(code: string | undefined, port: number): string {
  switch (code) {
    case "EADDRINUSE":
      return "the address is in use: another server listens there; stop it, or choose another port";
    case "EACCES":
      return port > 0 && port < 1024
        ? `ports below 1024 need root: start as root with uid and gid set, or choose another port`
        : "permission denied";
    case "EADDRNOTAVAIL":
      return "this machine has no such address";
    case "ENOENT":
      return "its directory does not exist";
    default:
      return code ?? "unknown error";
  }
}
