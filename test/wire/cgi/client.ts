import { type IncomingHttpHeaders, request } from "node:http";

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends requests to 127.0.0.1, each on a connection of its own. Headers are names and values in turn. */
export function client(
  port: number,
): (method: string, path: string, headers?: string[], body?: string) => Promise<Answer> {
  return (method, path, headers = [], body = "") =>
    new Promise((resolve, reject) => {
      const names = headers.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
      const all = [...headers, "Connection", "close"];
      if (!names.includes("host")) all.push("Host", "app.example");
      if (body !== "" && !names.includes("transfer-encoding")) all.push("Content-Length", `${body.length}`);
      const sent = request(
        { host: "127.0.0.1", port, method, path, headers: all, agent: false },
        (response) => {
          const chunks: string[] = [];
          response.setEncoding("latin1").on("data", (chunk: string) => chunks.push(chunk));
          response.once("error", reject).once("end", () => {
            resolve({
              status: response.statusCode ?? 0,
              reason: response.statusMessage ?? "",
              headers: response.headers,
              body: chunks.join(""),
            });
          });
        },
      );
      sent.once("error", reject);
      sent.end(body);
    });
}
