import { printable } from "../log/printable.ts";
import type { GatewayExchange } from "./exchange.ts";

/**
 * The Combined Log Format of Apache and NGINX, and the milliseconds it took at the end. A response
 * that was cut off has status 499 when it had not begun, as NGINX writes it.
 */
export function accessLine(exchange: GatewayExchange, milliseconds: number, now: Date): string {
  const { request } = exchange;
  const status = exchange.status || 499;
  const field = (name: string): string => {
    const { headers } = request;
    for (let i = 0; i < headers.length; i += 2)
      if (headers[i]!.toLowerCase() === name) return printable(headers[i + 1]!);
    return "-";
  };
  const cut = exchange.outcome === "aborted" && exchange.status ? " cut" : "";
  return `${request.remoteAddress || "-"} - - [${clfDate(now)}] "${printable(request.method)} ${printable(request.target)} HTTP/${request.httpVersion}" ${status} ${exchange.sent} "${field("referer")}" "${field("user-agent")}" ${milliseconds.toFixed(1)}ms${cut}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
let lastSecond = -1;
let lastText = "";

/** `22/Nov/2026:10:49:36 +0000`, made once a second. */
function clfDate(now: Date): string {
  const second = Math.floor(now.getTime() / 1000);
  if (second === lastSecond) return lastText;
  const two = (n: number): string => String(n).padStart(2, "0");
  lastSecond = second;
  lastText = `${two(now.getUTCDate())}/${MONTHS[now.getUTCMonth()]}/${now.getUTCFullYear()}:${two(now.getUTCHours())}:${two(now.getUTCMinutes())}:${two(now.getUTCSeconds())} +0000`;
  return lastText;
}
