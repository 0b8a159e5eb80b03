import type { Transport } from "../transport/transport.ts";
import type { FieldSection } from "../wire/http1/field-section.ts";
import { forwardedClient, type Peer, type Trust } from "./trust.ts";

/** Who asks over HTTP, as the peer says where it is trusted. */
export interface HttpClient {
  /** "" for a unix socket. */
  readonly address: string;
  /** 0 where it is not known. */
  readonly port: number;
  readonly scheme: "http" | "https";
  /** Whether a trusted proxy has passed the request on. */
  readonly isRelayed: boolean;
  /** Whether the peer's word is taken: it may be a web server. */
  readonly isTrusted: boolean;
}

/** The client of requests with these fields. */
export function httpClient(
  { forwardedFor, forwardedProto }: FieldSection,
  { tls }: Transport,
  peer: Peer,
  trust: Trust,
): HttpClient {
  const { address, port, trusted } = peer;
  const scheme = tls ? "https" : "http";
  if (!trusted) return { address, port, scheme, isRelayed: false, isTrusted: false };
  const told = forwardedProto === undefined ? undefined : lastMember(forwardedProto);
  const client = forwardedFor === undefined ? undefined : forwardedClient(forwardedFor, trust);
  return {
    address: client ?? address,
    port: client === undefined ? port : 0,
    scheme: told === "https" || told === "http" ? told : scheme,
    isRelayed: forwardedFor !== undefined,
    isTrusted: true,
  };
}

/** Of what several proxies said, the word of the nearest. */
function lastMember(list: string): string {
  if (list === "https" || list === "http") return list;
  return list
    .slice(list.lastIndexOf(",") + 1)
    .trim()
    .toLowerCase();
}
