import assert from "node:assert/strict";
import { it } from "node:test";
import { FORWARDED_BELIEVED } from "../differences.ts";
import type { Target } from "../target.ts";

/** Addresses for documentation (RFC 5737): who the client is, and who it says it is. */
const CLIENT = "203.0.113.7";
const FORGED = "198.51.100.9";

interface Who {
  readonly remoteAddress: string;
  readonly scheme: string;
  readonly host: string;
  readonly url: string;
}

/** Who asked, as the web server in front saw it. */
export function peerBehaviours(target: () => Target): void {
  const who = async (...headers: string[]): Promise<Who> =>
    JSON.parse((await target().client.ask("/who", { headers })).body) as Who;

  it("tells the app the client's address, the scheme and the host", async () => {
    const { host } = target().client;
    const direct = target().wire === "HTTP direct";
    const seen = await who("X-Test-Client", CLIENT);
    const remoteAddress = direct ? "127.0.0.1" : CLIENT;
    assert.deepEqual(seen, { remoteAddress, scheme: "http", host, url: `http://${host}` });
  });

  it("believes X-Forwarded-For from a trusted peer alone, not from the client", async () => {
    const { remoteAddress } = await who("X-Test-Client", CLIENT, "X-Forwarded-For", FORGED);
    assert.equal(remoteAddress, FORWARDED_BELIEVED.seenAt(target()) ? FORGED : CLIENT);
  });

  it("believes X-Forwarded-Proto from a trusted peer alone, not from the client", async () => {
    const { scheme } = await who("X-Test-Client", CLIENT, "X-Forwarded-Proto", "https");
    assert.equal(scheme, FORWARDED_BELIEVED.seenAt(target()) ? "https" : "http");
  });
}
