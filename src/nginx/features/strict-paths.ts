import { feature } from "../feature.ts";

/**
 * NGINX chooses a location by the path as it resolves it, and passes on the path as it was sent, which an app
 * may take otherwise: `/admin/..%2fx` is /x here and a page below /admin there, `/x\..\admin` the other way
 * round. Where anything depends on the path, such a request is refused; no browser or link makes one.
 */
export const strictPaths = feature({
  settings: {},
  begin: () => undefined,
  add: (_, draft) => {
    if (!draft.pathsMatter) return;
    const variable = `$${draft.id}_ambiguous`;
    draft.http.push([
      "# Paths that NGINX and the app may take for different ones: with dot segments, however they are",
      "# written, backslashes, or a fragment.",
      `map $request_uri ${variable} {`,
      '    default "";',
      '    "~*^[^?]*(/|%2f)(\\.|%2e){1,2}(/|%2f|;|%3b|[?]|$)" yes;',
      '    "~*^[^?]*(\\x5c|%5c|#)" yes;',
      "}",
    ]);
    draft.server.push([`if (${variable}) {`, "    return 400;", "}"]);
  },
});
