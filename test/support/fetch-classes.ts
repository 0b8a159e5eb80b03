import assert from "node:assert/strict";
import { inspect } from "node:util";
import { installLightFetch } from "../../src/app/light-fetch.ts";

/** The Fetch classes of one kind. */
export interface FetchClasses {
  readonly Headers: typeof Headers;
  readonly Request: typeof Request;
  readonly Response: typeof Response;
}

/** Node's own classes and the light ones, which this process has from now on. */
export function bothKinds(): { native: FetchClasses; light: FetchClasses } {
  const { Headers, Request, Response } = globalThis;
  const native = { Headers, Request, Response };
  installLightFetch();
  const { Headers: H, Request: Q, Response: R } = globalThis;
  return { native, light: { Headers: H, Request: Q, Response: R } };
}

/** What came of an operation: what it gave, or what class of error it threw. */
export async function outcome(operation: () => unknown): Promise<string> {
  try {
    return `gave ${inspect(await operation(), { depth: 5 })}`;
  } catch (error) {
    return `threw ${(error as Error).constructor.name} ${(error as Error).name}`;
  }
}

/** All that can be seen of a Response or a Request whose body is still to be read. */
export async function seen(message: Response | Request): Promise<unknown> {
  const known: Record<string, unknown> = {};
  const names =
    "status" in message
      ? (["status", "statusText", "ok", "type", "url", "redirected"] as const)
      : ([
          "method",
          "url",
          "mode",
          "credentials",
          "cache",
          "redirect",
          "referrer",
          "referrerPolicy",
          "integrity",
          "keepalive",
          "destination",
          "duplex",
        ] as const);
  for (const name of names) known[name] = Reflect.get(message, name);
  known["headers"] = [...message.headers];
  known["has a body"] = message.body !== null;
  known["used before"] = message.bodyUsed;
  known["text"] = await message.text();
  known["used after"] = message.bodyUsed;
  known["again"] = await outcome(() => message.text());
  return known;
}

/** Runs an operation on both kinds and wants the same of them. */
export async function same(
  kinds: { native: FetchClasses; light: FetchClasses },
  operation: (classes: FetchClasses) => unknown,
): Promise<void> {
  const wanted = await outcome(() => operation(kinds.native));
  assert.equal(await outcome(() => operation(kinds.light)), wanted);
}
