import type { Ask } from "../../support/http-client.ts";

export interface Case extends Ask {
  readonly title: string;
  readonly path: string;
}

const FORM = ["Content-Type", "application/x-www-form-urlencoded"];
const BOUNDARY = "xXxXx";
const MULTIPART = [
  `--${BOUNDARY}`,
  'Content-Disposition: form-data; name="note"',
  "",
  "für später",
  `--${BOUNDARY}`,
  'Content-Disposition: form-data; name="file"; filename="a.bin"',
  "Content-Type: application/octet-stream",
  "",
  "y".repeat(100_000),
  `--${BOUNDARY}--`,
  "",
].join("\r\n");

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < 5; i++) yield Buffer.alloc(7_000, i);
}

/** What is asked of every ini with the Flask app. */
export const SHOP: readonly Case[] = [
  { title: "a GET", path: "/echo" },
  { title: "a HEAD", path: "/echo", method: "HEAD" },
  { title: "an OPTIONS", path: "/echo", method: "OPTIONS" },
  { title: "a DELETE", path: "/echo/1", method: "DELETE" },
  { title: "a method of WebDAV", path: "/echo", method: "PROPFIND" },
  { title: "a method that the route has not", path: "/form" },
  { title: "a query", path: "/echo?a=1&a=2&b=&c=%C3%A9+%26&d" },
  { title: "a query that is no UTF-8", path: "/echo?a=%E9%FF" },
  { title: "an empty query", path: "/echo?" },
  { title: "a path in UTF-8", path: "/echo/J%C3%BCrgen/%E6%97%A5" },
  { title: "a path with an encoded slash and percent", path: "/echo/a%2Fb%25c" },
  { title: "a path with double slashes and dots", path: "/echo//a/./b/../c" },
  { title: "a path that is not there", path: "/nowhere" },
  { title: "a path without its slash", path: "/echo/" },
  {
    title: "header fields",
    path: "/echo",
    headers: [
      "User-Agent",
      "Mozilla/5.0 (X11)",
      "Accept-Language",
      "de,en;q=0.5",
      "X-Under_score",
      "1",
      "X-Latin",
      "\xe9",
    ],
  },
  { title: "a field given twice", path: "/echo", headers: ["X-One", "1", "X-One", "2"] },
  { title: "cookies", path: "/echo", headers: ["Cookie", "a=1; b=two; c=%20"] },
  {
    title: "a form",
    path: "/form",
    method: "POST",
    headers: FORM,
    body: "name=J%C3%BCrgen&tag=a&tag=b+c&empty=",
  },
  {
    title: "an upload",
    path: "/form",
    method: "POST",
    headers: ["Content-Type", `multipart/form-data; boundary=${BOUNDARY}`],
    body: MULTIPART,
  },
  { title: "a body of 2 MB", path: "/echo", method: "PUT", body: Buffer.alloc(2_000_000, 7) },
  { title: "a body of no bytes", path: "/echo", method: "POST", body: "" },
  {
    title: "a chunked body",
    path: "/echo",
    method: "POST",
    get body() {
      return pieces();
    },
  },
  { title: "a body that nobody reads", path: "/nowhere", method: "POST", body: Buffer.alloc(300_000, 1) },
  { title: "cookies set", path: "/cookies" },
  { title: "header fields in answer", path: "/headers" },
  { title: "another status", path: "/status/404" },
  { title: "a status with a reason of its own", path: "/reason" },
  { title: "no content", path: "/empty" },
  { title: "a redirect", path: "/redirect" },
  { title: "a stream", path: "/stream" },
  { title: "a HEAD of a stream", path: "/stream", method: "HEAD" },
  { title: "a file", path: "/file" },
  { title: "a HEAD of a file", path: "/file", method: "HEAD" },
  { title: "a part of a file", path: "/file", headers: ["Range", "bytes=100-199"] },
  { title: "a file that has not changed", path: "/file", headers: ["If-None-Match", '"abc"'] },
  { title: "a view that fails", path: "/fail" },
  { title: "what the ini sets", path: "/settings" },
];

/** What is asked of the app without a framework. */
export const RAW: readonly Case[] = [
  { title: "the environ of a GET", path: "/environ?a=%20" },
  { title: "the environ of a POST", path: "/environ", method: "POST", headers: FORM, body: "a=1" },
  { title: "a body read by its lines", path: "/read", method: "POST", body: "one\ntwo\n\nthree" },
  { title: "write", path: "/write" },
  { title: "start_response again with exc_info", path: "/again" },
  { title: "an app that raises", path: "/raise" },
  { title: "nothing at all", path: "/none" },
  { title: "more than its Content-Length", path: "/too-much" },
  { title: "not found", path: "/" },
];

/** What is asked where files are served in the app's place. */
export const STATIC: readonly Case[] = [
  { title: "a static file", path: "/static/style.css" },
  { title: "a static file with a query", path: "/static/style.css?v=1" },
  { title: "a HEAD of a static file", path: "/static/style.css", method: "HEAD" },
  { title: "a static file in a folder", path: "/static/sub/page.html" },
  { title: "a static file by its own mapping", path: "/favicon.ico" },
  { title: "a static file with an encoded name", path: "/static/a%20b.txt" },
  {
    title: "a static file that has not changed",
    path: "/static/style.css",
    headers: ["If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT"],
  },
  {
    title: "a static file that has changed",
    path: "/static/style.css",
    headers: ["If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT"],
  },
  { title: "a POST to a static file", path: "/static/style.css", method: "POST", body: "a=1" },
  { title: "a static folder", path: "/static/sub" },
  { title: "a static file that is not there", path: "/static/none.css" },
  { title: "a static path that leads outside", path: "/static/%2e%2e/static.ini" },
  { title: "what is not mapped", path: "/none" },
];
