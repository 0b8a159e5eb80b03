/** What the log says of a request; "-" where it is not known. */
export interface PacketFacts {
  readonly method: string;
  readonly target: string;
  readonly address: string;
}

/** Bytes before the variables. */
const HEADER = 4;

/**
 * Reads as much as there is of a uwsgi packet, which may be cut off or no packet at all: what it is about, one
 * latin1 character a byte. Of a peer that is not trusted (modifier2, python/portico_worker/held.py) it leaves out
 * what it says of the client. https://uwsgi-docs.readthedocs.io/en/latest/Protocol.html
 */
export function packetFacts(packet: Buffer): PacketFacts {
  const known = new Map<string, string>();
  const end = Math.min(packet.length, HEADER + packet.readUInt16LE(1));
  let at = HEADER;
  const next = (): string | undefined => {
    if (at + 2 > end) return undefined;
    const from = at + 2;
    at = from + packet.readUInt16LE(at);
    return at > end ? undefined : packet.toString("latin1", from, at);
  };
  for (let name = next(); name !== undefined; name = next()) {
    const value = next();
    if (value !== undefined && value !== "") known.set(name, value);
  }
  return {
    method: known.get("REQUEST_METHOD") ?? "-",
    target: known.get("REQUEST_URI") ?? known.get("PATH_INFO") ?? "-",
    address: (packet[3] === 0 ? known.get("REMOTE_ADDR") : undefined) ?? "-",
  };
}
