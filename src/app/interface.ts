/**
 * The gateway interface: what an app may export, and what it is given. Exported from the package.
 */

/** What the gateway tells an app about a request beside the `Request` itself. */
export interface Context {
  /** The client's address, as NGINX saw it where NGINX is trusted; "" where it is not known. */
  readonly remoteAddress: string;
  /** 0 where it is not known. */
  readonly remotePort: number;
  readonly scheme: "http" | "https";
  /** The CGI meta-variables (RFC 3875, section 4.1) with those the web server added, such as REMOTE_USER. */
  readonly variables: Readonly<Record<string, string>>;
  /**
   * A response that is a file of a directory which `send-files` of `[nginx]` names: NGINX sends it, or Portico
   * where NGINX cannot; with ranges and conditions, as if it were a static file. Nobody gets one otherwise.
   * @param path as `send-files` has it, not percent-encoded: "/private/report.pdf"
   * @param headers besides: Content-Type, Content-Disposition, Set-Cookie, Cache-Control and Expires go out
   * @throws TypeError for a path that is below no such directory, or leads out of it
   */
  sendFile(path: string, headers?: Readonly<Record<string, string>>): Response;
}

/** A fetch handler: a web-standard Request in, a Response out (https://fetch.spec.whatwg.org/). */
export type FetchHandler = (request: Request, context: Context) => Response | Promise<Response>;

/** An object with `fetch`: Hono, H3, Elysia, or your own. */
export interface FetchApp {
  fetch: FetchHandler;
}
