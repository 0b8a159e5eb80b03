import type { Dice } from "./dice.ts";

/**
 * Bytes of a connection as somebody would send it who looks for two readings of it: a few requests in
 * a row, well formed for the most part, with what recipients disagree on strewn in. Latin1.
 */
export function connectionText(dice: Dice): string {
  let text = "";
  for (let requests = 1 + dice.below(3); requests > 0; requests--) text += request(dice);
  return dice.chance(0.2) ? mutated(text, dice) : text;
}

function request(dice: Dice): string {
  const line = [dice.pick(METHODS), dice.pick(SEPARATORS), dice.pick(TARGETS), dice.pick(SEPARATORS)].join(
    "",
  );
  const framing = dice.pick(["none", "none", "length", "chunked", "chunked", "any"] as const);
  const body = framing === "none" ? "" : framing === "chunked" ? chunkedBody(dice) : dice.pick(BODIES);
  const fields = [dice.pick(HOSTS)];
  if (framing === "length") fields.push(`Content-Length: ${body.length}`);
  if (framing === "chunked") fields.push("Transfer-Encoding: chunked");
  for (let more = dice.below(4); more > 0; more--) fields.push(dice.pick(FIELDS));
  if (dice.chance(0.4)) fields.push(dice.pick(framing === "any" ? FRAMINGS : SUSPECTS));
  if (dice.chance(0.3)) fields.reverse();
  const head = fields.map((field) => field + dice.pick(LINE_ENDS)).join("");
  return `${dice.pick(BEFORE)}${line}${dice.pick(VERSIONS)}${dice.pick(LINE_ENDS)}${head}${dice.pick(HEAD_ENDS)}${body}`;
}

function chunkedBody(dice: Dice): string {
  let body = "";
  for (let chunks = dice.below(4); chunks > 0; chunks--) {
    const data = dice.pick(BODIES) || "a";
    const size = dice.chance(0.9) ? data.length : dice.below(40);
    const digits = dice.chance(0.9) ? size.toString(16) : dice.pick(SIZES);
    body += `${digits}${dice.pick(EXTENSIONS)}${dice.pick(LINE_ENDS)}${data}${dice.pick(LINE_ENDS)}`;
  }
  const trailers = dice.chance(0.2) ? dice.pick([...FIELDS, ...SUSPECTS]) + dice.pick(LINE_ENDS) : "";
  return `${body}${dice.pick(LAST_SIZES)}${dice.pick(EXTENSIONS)}${dice.pick(LINE_ENDS)}${trailers}${dice.pick(LINE_ENDS)}`;
}

/** The text with bytes put in, left out, changed, and stretches of it doubled. */
export function mutated(text: string, dice: Dice): string {
  let result = text;
  for (let changes = 1 + dice.below(3); changes > 0; changes--) {
    const at = dice.below(result.length + 1);
    const to = Math.min(result.length, at + dice.below(dice.chance(0.8) ? 3 : 30));
    const byte = dice.chance(0.8) ? dice.pick(POINTED) : String.fromCharCode(dice.below(256));
    const put = dice.pick([byte, byte, "", result.slice(at, to).repeat(2), result.slice(to, to + 40)]);
    result = result.slice(0, at) + put + result.slice(to);
  }
  return result;
}

/** The first entry as often as `weight` says, of 10. */
function usually(weight: number, usual: string, others: readonly string[]): string[] {
  return [...Array<string>(Math.round((others.length * weight) / (10 - weight))).fill(usual), ...others];
}

const METHODS = usually(8.5, "POST", [
  ..."GET HEAD PUT DELETE OPTIONS PATCH TRACE CONNECT PRI SOURCE QUERY PROPFIND M-SEARCH LINK".split(" "),
  ..."get Post GE GETT G BREW HTTP/1.1 G\x00T GE:T ".split(" "),
]);
const SEPARATORS = usually(9.9, " ", ["  ", "\t", "", " \t", "\x0b", "\x0c", "\r", "\n", "\xa0"]);
const TARGETS = usually(8.5, "/", [
  ..."/a?b=c /%00 //evil/ /a\\b /a#b * /* ** ? a a/b :80 a:80 /\x7f /\x80 /\xff /a\tb /a\x00b".split(" "),
  ..."http://a/ http://a HTTP://a:80/x?y https://a/ http:// http:///x http://u@a/ http://a:99999/".split(" "),
  ..."ftp://a/ http:/a http://[::1]/ http://[::1/ //a:b@c http://a?x http://a#x http://a\\b/ /a|b/{c}".split(
    " ",
  ),
  "",
]);
const VERSIONS = usually(9.3, "HTTP/1.1", [
  ..."HTTP/1.0 HTTP/1.0 HTTP/1.0 HTTP/1.2 HTTP/1.9 HTTP/0.9 HTTP/2.0 HTTP/1.10 HTTP/01.1 HTTP/1 HTTP/1. HTTP/11".split(
    " ",
  ),
  ..."http/1.1 HTTP1.1 HTTP/1,1 HTTPS/1.1 ICE/1.0 RTSP/1.0 HTTP/-1.1 HTTP/1.1\x00".split(" "),
  "HTTP/1.1 ",
  " HTTP/1.1",
  "",
]);
const LINE_ENDS = usually(9.95, "\r\n", [
  "\n",
  "\r",
  "\r\r\n",
  "\n\r",
  "\r\n\r\n",
  "\r\n ",
  "\r\n\t",
  "",
  " \r\n",
  "\x00\r\n",
]);
const HEAD_ENDS = usually(9.8, "\r\n", ["\n", "\r", "\r\r\n", " \r\n", "\t\r\n", "\r\n\r\n", "", "\x0b\r\n"]);
const BEFORE = usually(9.6, "", [
  "\r\n",
  "\r\n\r\n",
  "\n",
  "\r",
  " ",
  "\t",
  "\r\n".repeat(4),
  "\r\n".repeat(5),
  "\x00",
]);
const HOSTS = usually(9.3, "Host: a", [
  ..."Host:a HOST:\ta Host: Host:a:80 Host:a: Host:[::1]:80 Host:a,b Host:a/b Host:u@a Host:a:b Host:\x80".split(
    " ",
  ),
  "X: no host",
  "Host : a",
  "Host: a b",
  "Host: a\r\nHost: b",
  "Host: a\r\nHost: a",
]);
const FIELDS = [
  "A: b",
  "A:b",
  "A:",
  "A: \t b \t ",
  "Cookie: a=1; b=2",
  "Connection: keep-alive",
  "Connection: close",
  "Connection: x, CLOSE",
  "Connection: ,",
  "Connection: transfer-encoding, content-length",
  "Keep-Alive: timeout=1",
  "Expect: 100-continue",
  "Expect: 100-Continue",
  "Expect: nothing",
  "TE: trailers",
  "Trailer: a",
  "__proto__: a",
  "constructor: a",
  `B: ${"b".repeat(300)}`,
  "C: \x80\xff",
  "D: a:b::c",
  "!#$%&'*+-.^_`|~09azAZ: a",
];
const FRAMINGS = [
  "Content-Length: 5",
  "Content-Length: 0",
  "Content-Length: 05",
  "Content-Length: 000000000000000000005",
  "Content-Length:5",
  "Content-Length: \t5 \t",
  "content-length: 5",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: Chunked",
  "transfer-encoding:chunked",
  "Transfer-Encoding: \tchunked\t",
];
const SUSPECTS = [
  ...FRAMINGS,
  ...[
    "",
    "+5",
    "-5",
    "-0",
    "5,5",
    "5, 5",
    "5,6",
    ",5",
    "5,",
    "5 5",
    "0x5",
    "5.0",
    "5e0",
    "1_0",
    '"5"',
    "5;",
    "5\x00",
    "\x0b5",
    "5\x0c",
    "\xa05",
    "\xb2",
  ],
].map((text) => (text.includes(":") ? text : `Content-Length: ${text}`));
SUSPECTS.push(
  ...[
    ..."9007199254740991 9007199254740992 18446744073709551615 18446744073709551616 18446744073709551621 4294967301".split(
      " ",
    ),
  ].map((text) => `Content-Length: ${text}`),
  ...[
    ...[
      "",
      "identity",
      "gzip",
      "gzip, chunked",
      "chunked, gzip",
      "chunked, chunked",
      "chunked,",
      ",chunked",
      ", ,chunked",
    ],
    ...[
      "xchunked",
      "chunkedx",
      "chunked;a=b",
      "chunked; q=1",
      '"chunked"',
      "x chunked",
      "chunked x",
      "chunked\x00",
      "\x0bchunked",
    ],
    ...[
      "chunked\x0b",
      "\xa0chunked",
      "chunked\xa0",
      "identity, chunked",
      "chunked, identity",
      "CHUNKED",
      "cow, chunked",
      "trailers, chunked",
    ],
  ].map((text) => `Transfer-Encoding: ${text}`),
  "Transfer-Encoding : chunked",
  "Transfer-Encoding\t: chunked",
  "Transfer-Encoding\x00: chunked",
  " Transfer-Encoding: chunked",
  "\tContent-Length: 5",
  "Transfer_Encoding: chunked",
  "Content_Length: 5",
  "Content-Length : 5",
  "Transfer-Encoding:\r\n chunked",
  "Content-Length:\r\n 5",
  "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
  "Content-Length: 5\r\nContent-Length: 5",
  "Content-Length: 5\r\nContent-Length: 6",
  "X: a\nTransfer-Encoding: chunked",
  "X: a\rTransfer-Encoding: chunked",
  "X: a\x00\r\nContent-Length: 5",
  "X: a\r\n folded",
  "X: a\r\n\tContent-Length: 5",
  "X",
  ": x",
  "X x: y",
  "X\xa0: y",
  "\x00: y",
  "X: \x01",
  "X: \x7f",
  "X: a\x0bb",
  "X-Content-Length: 5",
  "Content-Length: 5\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nContent-Length: 5",
);
const BODIES = [
  "hello",
  "",
  "a",
  "0\r\n\r\n",
  "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
  "5\r\nhello\r\n0\r\n\r\n",
  "\r\n",
  "\x00\xff\x80",
];
const SIZES = [
  "",
  "0x5",
  "100000005",
  "80000005",
  "+5",
  "-5",
  " 5",
  "5 ",
  "5\t",
  "5_0",
  "05",
  "0000000000005",
  "00000000000005",
  "5\x00",
  "fffffffffffffffff",
  "ffffffffffffffff",
  "10000000000000000",
  "G",
  "5h",
  ";",
  "\n5",
  "5.",
];
const LAST_SIZES = usually(9.5, "0", [
  "00",
  "000000000",
  "0x0",
  "-0",
  "+0",
  "",
  "0 ",
  "\t0",
  "0.0",
  "00000000000000000000",
]);
const EXTENSIONS = usually(9.7, "", [
  ";a",
  ";a=b",
  ';a="b;c\\"d"',
  "; a = b",
  ";",
  ";;",
  ";=b",
  ' ;a="b',
  ";a\x00",
  ";a\x7f",
  ";a\x80",
  ";a\nb",
  ";a\rb",
  "\t",
  " ",
  " a",
  ",a",
  `;${"e".repeat(260)}`,
  `;a="\n"`,
  `;a="\r\n5\r\n"`,
]);
const POINTED = [..."\r\n\t \0:;,0x+-1/#*%[]\x0b\x7f\x80\xa0\xff", "\r\n", "\r\n\r\n", "\n\n", "chunked"];
