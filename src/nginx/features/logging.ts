import path from "node:path";
import { blockOf } from "../block.ts";
import { feature } from "../feature.ts";
import { quote } from "../quote.ts";
import { readBoolean, readPath, readWords, refuseVariables, wanted, wordsOf } from "../setting-values.ts";
import { isNetwork } from "./real-ip.ts";

interface Said {
  /** undefined: as nginx.conf has it; "off": none. */
  log: { readonly file: string; readonly format: "combined" | "timed" | "json" } | "off" | undefined;
  requestId: boolean;
  status: { readonly path: string; readonly allowed: readonly string[] } | undefined;
}

/** What NGINX tells of its work: a log with times and cache state, an id for each request, its counters. */
export const logging = feature<Said>({
  settings: {
    "access-log": {
      text: "FILE [format=timed | json | combined] or off: NGINX's log of this site. timed: combined, and behind it how long the whole and the app took, which worker it was, whether it came from the cache, and the request's id. json: the same as JSON lines. Default: as nginx.conf has it.",
      read(value, into, { chdir }) {
        if (value === "off") {
          into.log = "off";
          return;
        }
        const { plain, last } = readWords(wordsOf(value), ["format"], value);
        const format = last("format") ?? "timed";
        if (plain.length !== 1 || (format !== "timed" && format !== "json" && format !== "combined"))
          throw wanted("a file and format=timed, json or combined, or off", value);
        into.log = { file: refuseVariables(path.resolve(chdir, plain[0]!)), format };
      },
    },
    "request-id": {
      text: "Whether every request gets an id, which the app gets in X-Request-ID and the client in the answer; one that a client sends is left out. Default: false.",
      read: (value, into) => {
        into.requestId = readBoolean(value);
      },
    },
    "status-path": {
      text: "/path [ADDRESS…]: where NGINX tells its counters (stub_status), for metrics; to this machine alone, or to those addresses.",
      read(value, into) {
        const [at = "", ...allowed] = wordsOf(value);
        if (readPath(at) === "" || !allowed.every(isNetwork)) throw wanted("/path and addresses", value);
        into.status = { path: readPath(at), allowed };
      },
    },
  },
  begin: () => ({ log: undefined, requestId: false, status: undefined }),
  add({ log, requestId, status }, draft) {
    if (log === "off") draft.server.push(["access_log off;"]);
    else if (log !== undefined) {
      const name = log.format === "combined" ? "combined" : draft.name("log");
      if (log.format === "timed") draft.http.push(timed(name));
      if (log.format === "json") draft.http.push(json(name));
      draft.server.push([`access_log ${quote(log.file)} ${name};`]);
    }
    if (requestId) {
      draft.at("").fields.set("X-Request-ID", "$request_id");
      draft.at("").headers.set("X-Request-ID", "$request_id always");
    }
    if (status === undefined) return;
    if (!draft.input.nginx.modules.has("http_stub_status")) {
      draft.leaveOut("status-path", "this NGINX was built without its stub_status module");
      return;
    }
    const allowed = status.allowed.length > 0 ? status.allowed : ["127.0.0.1", "::1"];
    draft.open.push(status.path);
    // Its own addresses guard it.
    const names = draft.liftGuards().filter((line) => !line.startsWith("allow "));
    draft.locations.push(
      blockOf(`location = ${quote(status.path)}`, [
        [
          "stub_status;",
          "access_log off;",
          ...names,
          ...allowed.map((address) => `allow ${address};`),
          "deny all;",
        ],
      ]),
    );
  },
});

function timed(name: string): string[] {
  return [
    `log_format ${name} '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '`,
    `    '"$http_referer" "$http_user_agent" time=$request_time app=$upstream_response_time '`,
    "    'connect=$upstream_connect_time worker=$upstream_addr cache=$upstream_cache_status id=$request_id';",
  ];
}

function json(name: string): string[] {
  const fields: [string, string][] = [
    ["time", "$time_iso8601"],
    ["address", "$remote_addr"],
    ["user", "$remote_user"],
    ["host", "$host"],
    ["method", "$request_method"],
    ["uri", "$request_uri"],
    ["protocol", "$server_protocol"],
    ["status", "$status"],
    ["bytes", "$body_bytes_sent"],
    ["referer", "$http_referer"],
    ["agent", "$http_user_agent"],
    ["seconds", "$request_time"],
    ["appSeconds", "$upstream_response_time"],
    ["worker", "$upstream_addr"],
    ["cache", "$upstream_cache_status"],
    ["id", "$request_id"],
  ];
  return [
    `log_format ${name} escape=json`,
    ...fields.map(([key, value], i) => {
      const [open, close] = [i === 0 ? "{" : "", i === fields.length - 1 ? "}" : ","];
      return `    '${open}"${key}":"${value}"${close}'${close === "}" ? ";" : ""}`;
    }),
  ];
}
