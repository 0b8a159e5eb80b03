import { markLasting } from "../app/lasting-headers.ts";
import { readResponseHead, type UwsgiResponseHead } from "../wire/uwsgi/response-head.ts";

/** Heads kept, and characters of one: an app sends few that are the same again and again, and many that are not. */
const MOST_KEPT = 256;
const LONGEST_KEPT = 512;

const kept = new Map<string, UwsgiResponseHead>();

/** What `readResponseHead` makes of it; of heads met lately the very same objects. @throws UwsgiResponseError */
export function rememberedHead(text: string): UwsgiResponseHead {
  const known = kept.get(text);
  if (known !== undefined) return known;
  const head = readResponseHead(text);
  // What is set for one client alone comes once, and is nobody else's affair.
  if (text.length > LONGEST_KEPT || head.headers.some(isSetCookie)) return head;
  // In use are few, which are soon met again.
  if (kept.size >= MOST_KEPT) kept.clear();
  kept.set(text, head);
  markLasting(head.headers);
  return head;
}

function isSetCookie(name: string, at: number): boolean {
  return at % 2 === 0 && name.length === 10 && name.toLowerCase() === "set-cookie";
}
