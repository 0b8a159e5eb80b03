import type { Socket } from "node:net";
import {
  createSecureContext,
  createServer,
  type Server,
  type TLSSocket,
  type TlsOptions as TlsServerOptions,
} from "node:tls";
import { SocketTransport } from "../transport/socket-transport.ts";
import type { Transport } from "../transport/transport.ts";
import type { OpenConnection } from "./gateway.ts";

/** What a listener for TLS shows and asks for; PEM texts. */
export interface TlsOptions {
  /** Several are of different kinds of keys, for the same names. */
  readonly pairs: readonly KeyPair[];
  /** What those are shown who ask for a name (RFC 6066, section 3): "example.com", "*.example.com". */
  readonly named: readonly { readonly name: string; readonly pair: KeyPair }[];
  /** As OpenSSL lists them. */
  readonly ciphers: string;
  /** Authorities of clients' certificates; undefined: none is asked for. */
  readonly authorities: string | undefined;
  /** Whether a client without a certificate is turned away. */
  readonly required: boolean;
  /** 48 bytes in base64. */
  readonly ticketKeys: string;
}

interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** What is told of connections before there is a transport. */
export interface TlsHost {
  add(connection: OpenConnection): void;
  remove(connection: OpenConnection): void;
  /** A handshake failed. */
  failed(address: string, reason: string): void;
}

/** Milliseconds that a handshake may take: a head may take as long (TIME_LIMITS). */
const HANDSHAKE = 15_000;
/** As NGINX answers it, for people who typed http:// (RFC 9110, section 15.5.1). */
const PLAIN_TEXT = "The plain HTTP request was sent to an HTTPS port\n";
const PLAIN_ANSWER =
  "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n" +
  `Content-Length: ${PLAIN_TEXT.length}\r\nConnection: close\r\n\r\n${PLAIN_TEXT}`;

/** A server for TLS 1.2 and 1.3 (RFC 8446) that does not listen yet; HTTP/1.1 is all it offers (RFC 7301). */
export function tlsServer(options: TlsOptions): Server {
  const { pairs, ciphers, authorities, required, ticketKeys } = options;
  // Not half-open: a peer that leaves in the middle of its handshake would not be seen to go.
  return createServer({
    cert: pairs.map(({ certificate }) => certificate),
    key: pairs.map(({ key }) => key),
    ciphers,
    ...(options.named.length > 0 && { SNICallback: byName(options) }),
    ...(authorities !== undefined && { ca: authorities, requestCert: true, rejectUnauthorized: required }),
    minVersion: "TLSv1.2",
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: HANDSHAKE,
    ticketKeys: Buffer.from(ticketKeys, "base64"),
  });
}

/** Chooses by the name that a client asks for; the first pairs where none fits. */
function byName({ named, ciphers, authorities }: TlsOptions): NonNullable<TlsServerOptions["SNICallback"]> {
  const contexts = new Map(
    named.map(({ name, pair }) => {
      const from = { cert: pair.certificate, key: pair.key, ciphers, ca: authorities };
      return [name.toLowerCase(), createSecureContext({ ...from, minVersion: "TLSv1.2" })] as const;
    }),
  );
  return (asked, use) => {
    const name = asked.toLowerCase();
    use(null, contexts.get(name) ?? contexts.get(name.replace(/^[^.]+/, "*")));
  };
}

/** Has every connection of it taken by `take`, after its handshake; one that is under way is waited for. */
export function acceptTls(server: Server, host: TlsHost, take: (transport: Transport) => void): void {
  const address = server.address();
  // As for acceptFrom: an inherited unix socket does not know its path.
  const isUnix = address === null || typeof address === "string";
  const handshakes = new WeakMap<Socket, () => void>();
  server.on("connection", (socket: Socket) => {
    // Accepted is accepted: a worker that drains goes on with it.
    const handshake: OpenConnection = { tick() {}, drain() {}, cut: () => socket.destroy() };
    const over = (): void => host.remove(handshake);
    host.add(handshake);
    handshakes.set(socket, over);
    socket.once("close", over);
  });
  server.on("secureConnection", (socket) => {
    if (hasWrongCertificate(socket)) {
      host.failed(socket.remoteAddress ?? "", `client certificate: ${socket.authorizationError}`);
      socket.destroy();
      return;
    }
    take(
      new SocketTransport(socket, isUnix, {
        clientName: clientName(socket),
        clientSubject: clientSubject(socket),
      }),
    );
    const under = underOf(socket);
    if (under) handshakes.get(under)?.();
  });
  server.on("tlsClientError", (error: NodeJS.ErrnoException, socket) => {
    if (error.code === "ERR_SSL_HTTP_REQUEST") underOf(socket)?.write(PLAIN_ANSWER);
    host.failed(socket.remoteAddress ?? "", reasonOf(error));
  });
}

/** The socket that the bytes come from; undefined where this node keeps it elsewhere, which costs an answer to plain HTTP. */
function underOf(socket: TLSSocket): Socket | undefined {
  return (socket as { _parent?: Socket | null })._parent ?? undefined;
}

/** One that is not asked for may be missing, but not be anybody's. */
function hasWrongCertificate(socket: TLSSocket): boolean {
  return !socket.authorized && socket.getPeerX509Certificate() !== undefined;
}

/** "/C=NL/O=Example/CN=ann", as uWSGI has it; a slash in a name does not begin another. */
function clientName(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  if (subject === undefined) return undefined;
  return Object.entries(subject as unknown as Readonly<Record<string, string | readonly string[]>>)
    .flatMap(([name, values]) => [values].flat().map((value) => `/${name}=${escaped(value)}`))
    .join("");
}

/** "CN=ann,O=Example,C=NL", as NGINX has it (RFC 2253): the last first, what is not ASCII as bytes in hexadecimal. */
function clientSubject(socket: TLSSocket): string | undefined {
  if (!socket.authorized) return undefined;
  // A line each, with commas and the like escaped.
  const names = socket.getPeerX509Certificate()?.subject.split("\n").reverse();
  return names
    ?.join(",")
    .replace(/[^\x00-\x7f]/gu, (character) =>
      [...Buffer.from(character)].map((byte) => `\\${byte.toString(16).toUpperCase()}`).join(""),
    );
}

/** As OpenSSL writes what is not plain ASCII (X509_NAME_oneline(3)), and slashes and backslashes besides. */
function escaped(value: string): string {
  return [...Buffer.from(value)]
    .map((byte) =>
      byte < 0x20 || byte > 0x7e || byte === 0x2f || byte === 0x5c
        ? `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`
        : String.fromCharCode(byte),
    )
    .join("");
}

/** OpenSSL's own words: "http request", "unsupported protocol". */
function reasonOf(error: NodeJS.ErrnoException & { reason?: string }): string {
  return error.reason ?? error.message;
}
