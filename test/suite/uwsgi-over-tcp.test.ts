import { after, before, describe } from "node:test";
import { freePort } from "../support/free-port.ts";
import { HttpClient } from "../support/http-client.ts";
import { type RunningPortico, startPortico } from "../support/portico.ts";
import { type PrivateNginx, startNginx } from "../support/private-nginx.ts";
import { failureBehaviours } from "./behaviours/failures.ts";
import { appFile } from "./instance.ts";

/** On a unix socket a response without Content-Length that is cut off cannot be told from a whole one; over TCP it can. */
describe("NGINX uwsgi_pass over TCP", () => {
  let portico: RunningPortico;
  let nginx: PrivateNginx;
  let client: HttpClient;
  before(async () => {
    portico = await startPortico({
      args: [appFile("fetch"), "--uwsgi-socket", "127.0.0.1:0", "--processes", "1"],
    });
    const [, address] = /uwsgi (127\.0\.0\.1:\d+)/.exec(portico.stderr())!;
    const port = await freePort();
    nginx = await startNginx({
      http: `server { listen 127.0.0.1:${port}; include /etc/nginx/uwsgi_params; location / { uwsgi_pass ${address}; } }`,
    });
    client = new HttpClient(port);
  });
  after(async () => {
    client?.close();
    await nginx?.stop();
    await portico?.stop();
  });
  failureBehaviours(() => ({ app: "fetch", wire: "NGINX uwsgi_pass over TCP", client }));
});
