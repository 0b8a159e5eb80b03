import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { freePort } from "../support/free-port.ts";
import { responseTo } from "../support/http-client.ts";
import type { RunningPortico } from "../support/portico.ts";
import { startPortico } from "../support/portico.ts";
import { appFile, type Front, startApp, startFront } from "./instance.ts";
import { hostOf, type NginxWire, type Tls } from "./site.ts";
import type { AppName } from "./target.ts";

const apps: AppName[] = ["fetch", "express"];

describe("TLS that NGINX ends", () => {
  let dir: string;
  let tls: Tls;
  let front: Front;
  const running: RunningPortico[] = [];
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), "portico-tls-"));
    tls = { port: await freePort(), certificate: join(dir, "cert.pem"), key: join(dir, "key.pem") };
    await selfSigned(tls);
    front = await startFront(apps, tls);
    for (const app of apps) running.push(await startApp(front, app));
  });
  after(async () => {
    for (const portico of running) await portico.stop();
    await front?.stop();
    await rm(dir, { recursive: true, force: true });
  });

  for (const app of apps) {
    for (const wire of ["proxy", "uwsgi", "fastcgi"] satisfies NginxWire[]) {
      it(`is https to ${app} over ${wire}_pass, whatever the client says`, async () => {
        const host = hostOf(app, wire);
        const headers = { Host: host, "X-Forwarded-Proto": "http" };
        const sent = request({
          host: "127.0.0.1",
          port: tls.port,
          path: "/who",
          headers,
          rejectUnauthorized: false,
        });
        sent.end();
        const seen = JSON.parse(await text(await responseTo(sent))) as unknown;
        assert.deepEqual(seen, { remoteAddress: "127.0.0.1", scheme: "https", host, url: `https://${host}` });
      });
    }
  }
});

const outside = Object.values(networkInterfaces())
  .flat()
  .find((one) => one !== undefined && !one.internal && one.family === "IPv4")?.address;

describe("a peer that is not trusted", {
  skip: outside === undefined && "this machine has loopback only",
}, () => {
  const who = async (portico: RunningPortico): Promise<unknown> => {
    const socket = connect(portico.port, outside!).setEncoding("utf8");
    const lines = [
      "GET /who HTTP/1.1",
      "Host: a",
      "X-Forwarded-For: 198.51.100.9",
      "X-Forwarded-Proto: https",
    ];
    socket.write(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`);
    const answer = await text(socket);
    return JSON.parse(answer.slice(answer.indexOf("{"), answer.indexOf("}") + 1)) as unknown;
  };

  it("is the client, whatever it says", async () => {
    const portico = await startPortico({
      args: [appFile("fetch"), "--http-socket", "0.0.0.0:0", "--processes", "1"],
    });
    const seen = await who(portico);
    await portico.stop();
    assert.deepEqual(seen, { remoteAddress: outside, scheme: "http", host: "a", url: "http://a" });
  });
});

/** A certificate of its own, good for an hour of tests. */
async function selfSigned({ certificate, key }: Tls): Promise<void> {
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  await promisify(execFile)("openssl", [
    "req",
    ...kind,
    "-subj",
    "/CN=suite",
    "-keyout",
    key,
    "-out",
    certificate,
  ]);
}
