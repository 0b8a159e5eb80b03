/**
 * The node-listener adapter against node's own server: whatever a listener does, status, fields and
 * body, and the events it sees, must be the same under both.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { nodeListenerApp } from "../../src/app/node-listener-adapter.ts";
import { FakeExchange } from "../support/fake-exchange.ts";
import { type Behaviour, listenerBehaviours, notes } from "../support/listener-behaviours.ts";

interface Answer {
  status: number | undefined;
  reason: string | undefined;
  headers: string[];
  body: string;
  events: string[];
}

const directory = mkdtempSync(join(tmpdir(), "portico-differential-"));
after(() => rmSync(directory, { recursive: true }));
const file = join(directory, "hello.txt");
writeFileSync(file, "from a file\n".repeat(20_000));

describe("a listener behaves as under node:http", () => {
  for (const [name, behaviour] of Object.entries(listenerBehaviours(file))) {
    test(name, async () => {
      const node = await underNode(behaviour);
      const ours = await underAdapter(behaviour);
      assert.deepEqual(ours, node);
    });
  }
});

/** Events are kept by object: between request and response their order is nobody's promise. */
function watch(
  request: IncomingMessage,
  response: ServerResponse,
): { events: string[]; closed: Promise<unknown> } {
  const events: string[] = [];
  notes.set(response, events);
  for (const name of ["finish", "close", "error"]) response.on(name, () => events.push(`res ${name}`));
  for (const name of ["end", "close", "aborted", "error"]) request.on(name, () => events.push(`req ${name}`));
  return { events, closed: Promise.all([closeOf(response), closeOf(request)]) };
}

/** Like events.once, which would reject for an "error" before. */
function closeOf(message: IncomingMessage | ServerResponse): Promise<void> {
  return new Promise((resolve) => message.on("close", resolve));
}

function sorted(events: string[]): string[] {
  return [
    ...events.filter((one) => !one.startsWith("req")),
    ...events.filter((one) => one.startsWith("req")),
  ];
}

const leftOut = new Set(["date", "connection", "keep-alive", "transfer-encoding"]);

function comparable(raw: readonly string[]): string[] {
  const fields: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index]?.toLowerCase() ?? "";
    if (!leftOut.has(name)) fields.push(`${name}: ${raw[index + 1]}`);
  }
  return fields;
}

function headersOf({ headers, body }: Behaviour): Record<string, string> {
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  return { Host: "hello.test", ...headers, ...length, Connection: "keep-alive" };
}

async function underNode(behaviour: Behaviour): Promise<Answer> {
  let watched: ReturnType<typeof watch> | undefined;
  const server = http.createServer((request, response) => {
    watched = watch(request, response);
    behaviour.listener(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const request = http.request({
      port: (server.address() as AddressInfo).port,
      method: behaviour.method ?? "GET",
      path: behaviour.target ?? "/",
      headers: headersOf(behaviour),
    });
    request.end(behaviour.body);
    const [answer] = (await once(request, "response")) as [IncomingMessage];
    const chunks = await answer.toArray();
    await watched?.closed;
    return {
      status: answer.statusCode,
      reason: answer.statusMessage,
      headers: comparable(answer.rawHeaders),
      body: Buffer.concat(chunks).toString("latin1"),
      events: sorted(watched?.events ?? []),
    };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function underAdapter(behaviour: Behaviour): Promise<Answer> {
  let watched: ReturnType<typeof watch> | undefined;
  const app = nodeListenerApp("node listener", (request, response) => {
    watched = watch(request, response);
    return behaviour.listener(request, response);
  });
  const exchange = new FakeExchange({
    method: behaviour.method ?? "GET",
    target: behaviour.target ?? "/",
    headers: Object.entries(headersOf(behaviour)).flat(),
    ...(behaviour.body === undefined ? {} : { body: behaviour.body }),
  });
  await app.handle(exchange);
  assert.equal(await exchange.closed, "complete");
  await watched?.closed;
  return {
    status: exchange.status,
    reason: exchange.reason,
    headers: comparable(exchange.headers),
    body: Buffer.concat(exchange.chunks).toString("latin1"),
    events: sorted(watched?.events ?? []),
  };
}
