import { isAuthority } from "../http1/authority.ts";
import { CgiError } from "./error.ts";

/**
 * The authority a request asks for: the host, with its port where it has one (RFC 9110, section 7.2),
 * under the same rule as over HTTP. Where `host` is empty it is made of the web server's own name and
 * port, and of "localhost" where that name is none: NGINX passes a `server_name` as written, even a regex.
 * @throws CgiError where `host` holds what no authority has.
 */
export function authority(
  host: string,
  serverName: string,
  serverPort: string,
  scheme: "http" | "https",
): string {
  if (host !== "") {
    if (isAuthority(host)) return host;
    throw new CgiError(
      `Cannot use HTTP_HOST: expected a host and a port at most: got ${JSON.stringify(host.slice(0, 100))}`,
    );
  }
  const name = isAuthority(serverName) ? serverName : "localhost";
  const withPort = `${name}:${serverPort}`;
  const standard = scheme === "https" ? "443" : "80";
  return serverPort === "" || serverPort === standard || !isAuthority(withPort) ? name : withPort;
}
