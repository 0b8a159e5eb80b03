import { blockOf } from "../block.ts";
import { connectionVariables, fieldVariable } from "../cgi-variables.ts";
import { columns } from "../columns.ts";
import type { SiteDraft } from "../draft.ts";
import { passModule } from "../effective.ts";
import { pass } from "../locations.ts";
import { IDENTITY_FIELD } from "./identity.ts";

/**
 * The location that asks whether a request may come in. It gets the request without its body, and what was
 * asked for in X-Original-URI and X-Original-Method. No client reaches it.
 * @param at its path
 * @param target a path of the app, or an http:// address
 */
export function addQuestion(draft: SiteDraft, at: string, target: string): void {
  const opening = `location = ${at}`;
  draft.later.push(() => {
    if (draft.locations.some(([first]) => first === `${opening} {`)) return;
    const toApp = target.startsWith("/");
    const module = toApp ? passModule(draft.main) : "proxy";
    const fields = new Map([
      ...draft.at("").fields,
      [IDENTITY_FIELD, '""'],
      ["X-Original-URI", "$request_uri"],
      ["X-Original-Method", "$request_method"],
    ]);
    const passed =
      module === "proxy"
        ? [
            "proxy_http_version 1.1;",
            ...columns([
              ["proxy_set_header Connection", '"";'],
              ["proxy_set_header Content-Length", '"";'],
              ...(toApp ? [["proxy_set_header Host", `$${draft.id}_host;`] as const] : []),
              ...[...fields].map(([name, value]) => [`proxy_set_header ${name}`, `${value};`] as const),
            ]),
            `proxy_pass ${toApp ? `http://${draft.id}` : ""}${target};`,
          ]
        : [
            ...columns(
              [
                ["REQUEST_METHOD", "GET"],
                ["REQUEST_URI", target],
                ["SCRIPT_NAME", '""'],
                ["PATH_INFO", target],
                ["QUERY_STRING", '""'],
                ...connectionVariables(draft.id),
                ["HTTP_CONTENT_LENGTH", '""'],
                ...[...fields].map(([name, value]) => [fieldVariable(name), value] as const),
                ...draft.at("").variables,
              ]
                .filter(([name, value]) => name !== "REMOTE_USER" && value !== "")
                .map(([name, value]) => [`${module}_param ${name}`, `${value};`]),
            ),
            pass(draft.main),
          ];
    draft.locations.push(
      blockOf(opening, [
        [
          "internal;",
          "auth_request off;",
          `${module}_pass_request_body off;`,
          ...(draft.cacheFolders.length > 0 ? [`${module}_cache off;`] : []),
        ],
        passed,
      ]),
    );
  });
}
