import { printable } from "../log/printable.ts";
import type { GatewayExchange } from "./exchange.ts";

/**
 * The Combined Log Format of Apache and NGINX, and the milliseconds it took at the end. A response
 * that was cut off has status 499 when it had not begun, as NGINX writes it.
 */
export function accessLine(exchange: GatewayExchange, milliseconds: number, now: number): string {
  const { request } = exchange;
  const status = exchange.status || 499;
  const cut = exchange.outcome === "aborted" && exchange.status ? " cut" : "";
  return `${request.remoteAddress || "-"} - - [${clfDate(now)}] "${printable(request.method)} ${printable(request.target)} HTTP/${request.httpVersion}" ${status} ${exchange.sent} "${field(request.headers, "referer")}" "${field(request.headers, "user-agent")}" ${withTenth(milliseconds)}ms${cut}`;
}

function field(headers: readonly string[], lower: string): string {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.length === lower.length && headers[i]!.toLowerCase() === lower)
      return printable(headers[i + 1]!);
  return "-";
}

/** "0.3": `toFixed(1)` in a fraction of its time. */
function withTenth(number: number): string {
  const tenths = Math.round(number * 10);
  return `${Math.trunc(tenths / 10)}.${tenths % 10}`;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
let lastSecond = -1;
let lastText = "";

/** `22/Nov/2026:10:49:36 +0000`, made once a second. */
function clfDate(now: number): string {
  const second = Math.floor(now / 1000);
  if (second === lastSecond) return lastText;
  const date = new Date(now);
  const two = (n: number): string => String(n).padStart(2, "0");
  lastSecond = second;
  lastText = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
  return lastText;
}
