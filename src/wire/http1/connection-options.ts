import { listMembers } from "./list-members.ts";

/** The options of Connection that mean something to a server (RFC 9110, section 7.6.1). */
export interface ConnectionOptions {
  readonly close: boolean;
  readonly keepAlive: boolean;
  readonly upgrade: boolean;
}

const NONE: ConnectionOptions = { close: false, keepAlive: false, upgrade: false };
const CLOSE: ConnectionOptions = { close: true, keepAlive: false, upgrade: false };
const KEEP_ALIVE: ConnectionOptions = { close: false, keepAlive: true, upgrade: false };

/** Reads all Connection values, joined by ", "; options it doesn't know are passed over. */
export function readConnectionOptions(value: string | undefined): ConnectionOptions {
  if (value === undefined) return NONE;
  if (value === "keep-alive") return KEEP_ALIVE;
  if (value === "close") return CLOSE;
  const listed = listMembers(value);
  return {
    close: listed.includes("close"),
    keepAlive: listed.includes("keep-alive"),
    upgrade: listed.includes("upgrade"),
  };
}
