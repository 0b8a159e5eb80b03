import type { App } from "../app/exchange.ts";

/**
 * Sends everybody on to https, as the sites that Portico writes do.
 * @param to what stands behind the host's name: "", ":8443"
 */
export function redirectApp(to: string): App {
  return {
    kind: "redirect",
    handle(exchange) {
      const { host, target } = exchange.request;
      const name = host.replace(/:\d*$/, "").toLowerCase();
      if (name === "") {
        exchange.respondWith(400, undefined, ["Content-Type", "text/plain; charset=utf-8"], "Bad Request\n");
        return;
      }
      const path = target.startsWith("/") ? target : "/";
      // 308: what was posted stays posted.
      exchange.respondWith(308, undefined, ["Location", `https://${name}${to}${path}`], undefined);
    },
  };
}
