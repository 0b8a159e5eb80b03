import assert from "node:assert/strict";
import type { Answer } from "../../support/http-client.ts";

interface Answers {
  readonly uwsgi: Answer;
  readonly portico: Answer;
}

interface Difference {
  /** Why Portico does it otherwise. */
  readonly why: string;
  /** What each does. */
  check(answers: Answers): void;
}

type Environ = Readonly<Record<string, unknown>>;

/** uWSGI's own, and what differs since two servers on two ports were asked over two connections. */
const NOT_COMPARED = ["SERVER_PORT", "REMOTE_PORT"];

/** Static files, by their requests' titles. */
const STATIC: Difference = {
  why: "uWSGI sends no ETag and no charset, and with 304 nothing at all; a 304 has the ETag that 200 would have (RFC 9110, section 15.4.5).",
  check({ uwsgi, portico }) {
    const { etag, "last-modified": modified, "content-type": type, ...headers } = portico.headers;
    assert.match(etag?.[0] ?? "", /^"[\da-f]+-[\da-f]+"$/);
    assert.ok(modified);
    const told = portico.status === 304 ? {} : { "last-modified": modified };
    const bare = type && { "content-type": type.map((one) => one.replace("; charset=utf-8", "")) };
    assert.deepEqual({ ...portico, headers: { ...headers, ...told, ...bare } }, uwsgi);
  },
};

/** Where the two do not answer the same, by the request's title. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  "a static file": STATIC,
  "a static file with a query": STATIC,
  "a HEAD of a static file": STATIC,
  "a static file in a folder": STATIC,
  "a static file by its own mapping": STATIC,
  "a static file with an encoded name": STATIC,
  "a static file that has not changed": STATIC,
  "a static file that has changed": STATIC,
  "a field given twice": {
    why: "The values of a repeated field are one list (RFC 3875, section 4.1.18); uWSGI keeps the last and loses the others.",
    check({ uwsgi, portico }) {
      const [all, last] = ['["X-One","1, 2"]', '["X-One","2"]'];
      assert.ok(portico.body.includes(all), portico.body);
      assert.equal(portico.body.replace(all, last), uwsgi.body);
    },
  },
  "a chunked body": {
    why: "Debian's Flask believes Transfer-Encoding before Content-Length and reads no body unless the server says that its end is marked (wsgi.input_terminated), as Portico does. uWSGI then closes with the body unread: a reset, of which NGINX makes 502 as often as not.",
    check({ uwsgi, portico }) {
      assert.equal(portico.status, 200);
      assert.match(portico.body, /"body":\[35000,/);
      if (uwsgi.status !== 502) assert.match(uwsgi.body, /"body":\[0,/);
    },
  },
  "a body that nobody reads": {
    why: "uWSGI closes with the body unread: a reset, of which NGINX may make 502. Portico reads the rest before it closes.",
    check({ uwsgi, portico }) {
      assert.equal(portico.status, 404);
      if (uwsgi.status !== 502) assert.deepEqual(portico, uwsgi);
    },
  },
  "the environ of a GET": {
    why: "SCRIPT_NAME and a SERVER_NAME that is not empty are required (PEP 3333, environ Variables), wsgi.input_terminated says what is true; uwsgi.* is uWSGI's.",
    check: (answers) => compareEnvirons(answers, []),
  },
  "the environ of a POST": {
    why: "As above; and HTTP_CONTENT_TYPE and HTTP_CONTENT_LENGTH, which NGINX sends beside the variables of RFC 3875, are left out: wsgiref.validate refuses them.",
    check: (answers) => compareEnvirons(answers, ["HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE"]),
  },
  "start_response again with exc_info": {
    why: "The second head takes the place of the first, which was not sent yet, and the body follows (PEP 3333, The start_response() Callable); uWSGI sends no body.",
    check({ uwsgi, portico }) {
      assert.deepEqual(
        [portico.status, portico.body, portico.headers["x-first"]],
        [503, "second", undefined],
      );
      assert.deepEqual({ ...portico, body: "" }, uwsgi);
    },
  },
  "an app that raises": {
    why: "uWSGI closes without an answer, and NGINX says 502; the server is there, the app failed: 500.",
    check({ uwsgi, portico }) {
      assert.equal(uwsgi.status, 502);
      assert.deepEqual([portico.status, portico.body], [500, "Internal Server Error\n"]);
    },
  },
};

function compareEnvirons({ uwsgi, portico }: Answers, left: readonly string[]): void {
  const [theirs, ours] = [uwsgi, portico].map(({ body }) => {
    const environ = JSON.parse(body) as Record<string, unknown>;
    return Object.fromEntries(Object.entries(environ).filter(([name]) => !NOT_COMPARED.includes(name)));
  }) as [Environ, Environ];
  const expected = {
    ...Object.fromEntries(Object.entries(theirs).filter(([name]) => !left.includes(name))),
    SCRIPT_NAME: "",
    SERVER_NAME: "app.example",
    "wsgi.input_terminated": true,
    "(others)": (theirs["(others)"] as string[]).filter((name) => !name.startsWith("uwsgi.")),
  };
  assert.deepEqual(ours, expected);
}
