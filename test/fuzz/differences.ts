/** A class of differences between our decoder and node's parser (llhttp), and why it is as it should be. */
export interface Difference {
  /** As `differenceClass` writes it. */
  readonly name: string;
  readonly why: string;
  /** Bytes of a connection in which it shows; latin1. */
  readonly example: string;
  /** What the bytes have in them wherever it shows; without: the name says it all. */
  readonly only?: RegExp;
}

const HOST = "Host: a\r\n";
const CHUNKED = `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

/** About the parts of a chunk extension. */
const BAD_WHITESPACE = /;[ \t]|[ \t](?:[;=]|$)|=[ \t]/;

/** Refused by us, taken by node. */
const STRICTER: readonly Difference[] = [
  {
    name: "stricter: 400 RFC 9112, section 2.2: CR before LF",
    why: "llhttp ends a head and its empty lines before a request at a bare LF; who doesn't sees other lines.",
    example: "\nGET / HTTP/1.1\r\n",
  },
  {
    name: "stricter: 400 RFC 9112, section 2.2: LF after CR",
    why: "llhttp skips any CR and LF before a request line.",
    example: "\rGET / HTTP/1.1\r\n",
  },
  {
    name: "stricter: 400 RFC 9112, section 2.2: at most 4",
    why: "llhttp skips empty lines without end; one is asked for, and nobody sends five.",
    example: `${"\r\n".repeat(5)}GET / HTTP/1.1\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 2.3: HTTP/1.1 and CRLF",
    why: "llhttp knows methods of other protocols, which RTSP and ICE are, and takes their versions.",
    example: `GET / RTSP/1.0\r\n${HOST}\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 3: a target, one space and a version",
    why: "llhttp takes a line without a version for HTTP/0.9.",
    example: "GET /\r\n\r\n",
  },
  {
    name: "stricter: 400 RFC 9112, section 3.2: a path, an http or https URI, or *",
    why: "llhttp leaves the form of the target to the app.",
    example: `GET ** HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 3.2: visible ASCII without a fragment",
    why: "llhttp takes a fragment and lets the app cut it off.",
    example: "GET /a#b HTTP/1.1\r\n",
  },
  {
    name: "stricter: 400 RFC 9112, section 3.2: one Host, a name and a port at most",
    why: "Which host is asked for has to be beyond doubt; llhttp hands Host on unread.",
    example: `GET / HTTP/1.1\r\n${HOST}Host: b\r\n\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 3.2.2: a URI with a host, a port at most, and no userinfo",
    why: "The same for the host of an absolute form.",
    example: `GET http://a@b/ HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: 'stricter: 400 RFC 9112, section 3.2.4: "*" with OPTIONS only',
    why: "llhttp leaves the form of the target to the app.",
    example: `GET * HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "stricter: 505 RFC 9110, section 15.6.6: HTTP/1.0 or HTTP/1.1",
    why: "llhttp takes HTTP/0.9 and HTTP/2.0 spelled out.",
    example: `GET / HTTP/2.0\r\n${HOST}\r\n`,
  },
  {
    name: "stricter: 417 RFC 9110, section 10.1.1: 100-continue",
    why: "What is expected of a server has to be met or refused; node:http refuses it above its parser.",
    example: `GET / HTTP/1.1\r\n${HOST}Expect: other\r\n\r\n`,
  },
  {
    name: "stricter: 431 RFC 6585, section 5: at most 128",
    why: "node's limit is 2000, and it drops the rest unseen.",
    example: `GET / HTTP/1.1\r\n${"A:\r\n".repeat(129)}`,
  },
  {
    name: "stricter: 413 RFC 9110, section 8.6: a Content-Length of at most 9007199254740991",
    why: "llhttp counts to 2^64, JavaScript to 2^53.",
    example: `POST / HTTP/1.1\r\n${HOST}Content-Length: 9007199254740992\r\n\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 6.1: no Transfer-Encoding in HTTP/1.0",
    why: "Such a message has faulty framing: a recipient of HTTP/1.0 doesn't know the field.",
    example: `POST / HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`,
  },
  {
    name: "stricter: 501 RFC 9112, section 6.1: no transfer coding but chunked",
    why: "llhttp leaves codings before chunked to the app, which doesn't undo them.",
    example: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 6.1: chunked once",
    why: "llhttp looks at the last coding only, for all that may be before it.",
    example: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\t\r\nTransfer-Encoding: chunked\r\n\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 6.1: a list of transfer codings",
    why: "The same: members before the last that are empty or no tokens.",
    example: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: ,chunked\r\n\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 7.1: at most 13 digits",
    why: "llhttp takes zeros in front without end; nobody sends a chunk of 2^52 bytes.",
    example: `${CHUNKED}00000000000000`,
  },
  {
    name: "stricter: 400 RFC 9112, section 7.1.1: a chunk extension",
    why: "llhttp lets a few malformed extensions through.",
    example: `${CHUNKED}5;=b\r\n`,
  },
  {
    name: "stricter: 400 RFC 9112, section 7.1.1: a line of at most 256 bytes",
    why: "node's limit on extensions is 16 KiB a request.",
    example: `${CHUNKED}5;${"e".repeat(255)}`,
  },
  {
    name: "stricter: 400 RFC 9110, section 6.5.1: none for framing or routing",
    why: "llhttp refuses some framing fields in trailers and heeds or passes on the others.",
    example: `${CHUNKED}0\r\nHost: b\r\n\r\n`,
  },
];

/** Taken by us, refused by node: no rule is broken, and the request is the same one to everybody who takes it. */
const LOOSER: readonly Difference[] = [
  {
    name: "looser: HPE_INVALID_METHOD: Invalid method encountered",
    why: "llhttp has a list of methods; a method is a token, and the app says which it knows (RFC 9110, section 9.1).",
    example: `BREW / HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "looser: HPE_INVALID_METHOD: Expected space after method",
    why: "The same, for one that begins like one on the list.",
    example: `GETT / HTTP/1.1\r\n${HOST}\r\n`,
  },
  {
    name: "looser: HPE_INVALID_VERSION: Expected HTTP/2 Connection Preface",
    why: "PRI is a method without meaning in HTTP/1.1; the preface itself is refused for its version (RFC 9113, section 3.4).",
    example: `PRI / HTTP/1.1\r\n${HOST}\r\n`,
    only: /PRI /,
  },
  {
    name: "looser: HPE_INVALID_VERSION: Invalid HTTP version",
    why: "A higher minor version is answered as the highest that is known (RFC 9110, section 2.5).",
    example: `GET / HTTP/1.2\r\n${HOST}\r\n`,
    only: /HTTP\/1\.[2-9]/,
  },
  {
    name: "looser: HPE_INVALID_TRANSFER_ENCODING: Request has invalid `Transfer-Encoding`",
    why: "llhttp takes a tab behind chunked for a part of it; whitespace around a value has tabs (RFC 9110, section 5.6.3).",
    example: `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\t\r\n\r\n`,
    only: /chunked *\t[ \t]*\r\n/i,
  },
  {
    name: "looser: HPE_INVALID_CHUNK_SIZE: Invalid character in chunk size",
    why: "llhttp refuses whitespace before an extension, which has to be read (RFC 9112, section 7.1.1).",
    example: `${CHUNKED}5 ;a\r\n`,
    only: /[0-9a-f][ \t]+(?:;|$)/i,
  },
  {
    name: "looser: HPE_STRICT: Invalid character in chunk extensions",
    why: "The same within one.",
    example: `${CHUNKED}5; a = b\r\n`,
    only: BAD_WHITESPACE,
  },
  {
    name: "looser: HPE_STRICT: Invalid character in chunk extensions name",
    why: "The same before a name.",
    example: `${CHUNKED}5;\ta\r\n`,
    only: BAD_WHITESPACE,
  },
  {
    name: "looser: HPE_STRICT: Invalid character in chunk extensions value",
    why: "The same before a value.",
    example: `${CHUNKED}5;a=\tb\r\n`,
    only: BAD_WHITESPACE,
  },
];

export const DIFFERENCES: readonly Difference[] = [...STRICTER, ...LOOSER];
