import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { requestOf } from "../../../src/app/fetch-request.ts";
import { installedRequestOf } from "../../../src/app/light-fetch.ts";
import { FakeExchange } from "../../support/fake-exchange.ts";
import { bothKinds, type FetchClasses } from "../../support/fetch-classes.ts";

/**
 * Random operations on native and light objects side by side: what each gives, or what class of error it
 * throws, is the same. PORTICO_FETCH_SEED and PORTICO_FETCH_RUNS are for longer runs by hand.
 */

const seed = Number(process.env["PORTICO_FETCH_SEED"] ?? 1);
const runs = Number(process.env["PORTICO_FETCH_RUNS"] ?? 250);
const STEPS = 24;

const kinds = bothKinds();

/** The objects of one kind that a run has made so far. */
interface World {
  readonly kind: "native" | "light";
  readonly classes: FetchClasses;
  readonly headers: Headers[];
  readonly messages: (Request | Response)[];
  readonly iterators: Iterator<unknown>[];
}

/** Numbers below a bound; two worlds are given the same ones. */
type Random = (below: number) => number;
type Operation = (world: World, random: Random) => unknown;

function randomOf(start: number): Random {
  let state = start;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pick = <T>(list: readonly T[], random: Random): T | undefined => list[random(list.length)];

const names = ["a", "A", "b", "Set-Cookie", "set-cookie", "Cookie", "Content-Type", "__proto__", "x-1"];
const oddNames = [
  "a b",
  "",
  "\u20ac",
  "a:",
  5,
  null,
  undefined,
  Symbol("no"),
  { [Symbol.toPrimitive]: () => "own" },
];
const values = [
  "1",
  " 2\t",
  "",
  "text/x",
  "application/json",
  "\xff",
  "c=d; Path=/",
  "multipart/form-data; boundary=b",
];
const oddValues = ["a\nb", "\0", "\u20ac", 5, null, undefined, Symbol("no"), ["x", "y"]];

const fieldName: Operation = (_, random) => pick(random(6) ? names : oddNames, random);
const fieldValue: Operation = (_, random) => pick(random(6) ? values : oddValues, random);

const headersInits: Operation[] = [
  () => undefined,
  (world, random) => {
    const record: Record<string, unknown> = {};
    // An own __proto__ is one of the differences that are known.
    for (let n = random(4); n > 0; n--) {
      const name = fieldName(world, random);
      if (name !== "__proto__") record[name as string] = fieldValue(world, random);
    }
    return record;
  },
  (world, random) =>
    Array.from({ length: random(4) }, () => [fieldName(world, random), fieldValue(world, random)]),
  (world, random) =>
    new Map(Array.from({ length: random(3) }, () => [fieldName(world, random), fieldValue(world, random)])),
  (world, random) => pick(world.headers, random),
  (world, random) => pick(world.messages, random)?.headers,
  (_, random) => pick([null, 5, "a: b", [["a"]], ["ab"], [5], {}, []], random),
];
const headersInit: Operation = (world, random) => pick(headersInits, random)?.(world, random);

const bodies: ((random: Random) => unknown)[] = [
  () => "text",
  () => "",
  () => '{"a":[1]}',
  () => "a=b&c=d",
  () => "\ufeffh\xe9\ud800",
  () => null,
  () => undefined,
  () => new Uint8Array([104, 0xff]),
  () => new Uint8Array(),
  () => new Uint8Array([1, 104, 105]).subarray(1),
  () => new Uint16Array([0x6968]).buffer,
  () => new Blob(["blob"], { type: "text/blob" }),
  () => new Blob([]),
  () => new URLSearchParams({ a: "b c" }),
  () => ReadableStream.from([new Uint8Array([104]), new Uint8Array([105])]),
  () => ReadableStream.from(["no bytes"]),
  () => new ReadableStream({ pull: (controller) => controller.error(new EvalError("mine")) }),
  () => 5,
  () => ({}),
  () => Symbol("no"),
];
const body: Operation = (_, random) => pick(bodies, random)?.(random);

const some = (random: Random, of: Record<string, () => unknown>): Record<string, unknown> => {
  const init: Record<string, unknown> = {};
  for (const [name, make] of Object.entries(of)) if (random(3) === 0) init[name] = make();
  return init;
};
const statuses = [200, 201, 204, 205, 304, 404, 599, 199, 600, 0, "404", 200.5, 65_736, null, undefined, {}];
const responseInit: Operation = (world, random) => {
  if (random(8) === 0) return pick([null, undefined, 5, "x", world.messages[0]], random);
  return some(random, {
    status: () => pick(statuses, random),
    statusText: () => pick(["", "Fine", "\xff", "a\nb", "\u20ac", 5, undefined], random),
    headers: () => headersInit(world, random),
  });
};
const requestInit: Operation = (world, random) => ({
  ...(random(4) && { duplex: "half" }),
  ...some(random, {
    method: () => pick(["GET", "post", "PUT", "patch", "TRACE", "own", "a b", ""], random),
    headers: () => headersInit(world, random),
    body: () => body(world, random),
    redirect: () => pick(["error", "manual", "x"], random),
    cache: () => pick(["no-store", "only-if-cached"], random),
    mode: () => pick(["same-origin", "no-cors", "navigate"], random),
    signal: () => pick([null, undefined, AbortSignal.abort(), {}], random),
    keepalive: () => random(2) === 0,
  }),
});

const keep = <T extends Request | Response>({ messages }: World, made: T): T => {
  messages.push(made);
  return made;
};
const message: Operation = ({ messages }, random) => messages[random(messages.length)];
const reading = ["text", "json", "arrayBuffer", "bytes", "blob", "formData"] as const;
const members = [
  "status statusText ok type url redirected bodyUsed method mode credentials cache redirect referrer",
  "referrerPolicy integrity keepalive destination duplex isReloadNavigation isHistoryNavigation",
].join(" ");

const ofHeaders: Record<string, (headers: Headers, world: World, random: Random) => unknown> = {
  append: (h, world, random) =>
    h.append(fieldName(world, random) as string, fieldValue(world, random) as string),
  set: (h, world, random) => h.set(fieldName(world, random) as string, fieldValue(world, random) as string),
  delete: (h, world, random) => h.delete(fieldName(world, random) as string),
  get: (h, world, random) => h.get(fieldName(world, random) as string),
  has: (h, world, random) => h.has(fieldName(world, random) as string),
  getSetCookie: (h) => h.getSetCookie(),
  all: (h) => [...h],
  iterator: (h, { iterators }, random) =>
    void iterators.push([() => h.keys(), () => h.values(), () => h.entries()][random(3)]!()),
};

const operations: Record<string, Operation> = {
  "new Headers": (world, random) => {
    const headers = new world.classes.Headers(headersInit(world, random) as object as HeadersLike);
    world.headers.push(headers);
    return [...headers];
  },
  "new Response": (world, random) => {
    const given = body(world, random);
    keep(world, new world.classes.Response(given as string, responseInit(world, random) as object));
  },
  "Response.json": (world, random) => {
    const value = pick([{ a: 1 }, null, undefined, "x", 1n, Symbol("no")], random);
    // Older ones refuse null.
    keep(world, world.classes.Response.json(value, (responseInit(world, random) ?? undefined) as object));
  },
  "Response.redirect": (world, random) => {
    const url = pick(["http://a.test/b c", "/no", "", 5, Symbol("no")], random) as string;
    keep(
      world,
      world.classes.Response.redirect(url, pick([301, 302, 307, 308, 200, "303", undefined], random) as 302),
    );
  },
  "Response.error": (world) => void keep(world, world.classes.Response.error()),
  "new Response of a message's body": (world, random) => {
    const from = message(world, random) as Response | undefined;
    if (from !== undefined)
      keep(world, new world.classes.Response(from.body, responseInit(world, random) as object));
  },
  "new Request": (world, random) => {
    const url = pick(
      ["http://a.test/b?c#d", "http://A.test:80", "/no", "http://u:p@a.test/", 5],
      random,
    ) as string;
    keep(world, new world.classes.Request(url, requestInit(world, random) as object));
  },
  "new Request of a Request": (world, random) => {
    const from = message(world, random);
    if (from !== undefined && "method" in (from as object)) {
      keep(world, new world.classes.Request(from as Request, requestInit(world, random) as object));
    }
  },
  "a request off the wire": (world, random) => {
    const exchange = new FakeExchange({
      method: pick(["GET", "POST", "PUT"], random)!,
      target: pick(["/", "/a%20b?c=d", "/a/../b", "//x"], random)!,
      headers: ["Host", "hello.test", "A", "1", "Set-Cookie", "x", "Content-Type", pick(values, random)!],
      ...(random(3) && { body: pick(["", "text", "[1]", "a=b"], random)! }),
    });
    keep(world, (world.kind === "light" ? installedRequestOf(exchange) : undefined) ?? requestOf(exchange));
  },
  clone: (world, random) => {
    const from = message(world, random) as Response | undefined;
    if (from !== undefined) keep(world, from.clone());
  },
  read: (world, random) => {
    const from = message(world, random) as Response | undefined;
    const read = from?.[pick(reading, random)!]();
    return [from?.bodyUsed, read];
  },
  "read a Blob's type": async (world, random) =>
    (await (message(world, random) as Response | undefined)?.blob())?.type,
  "the body": (world, random) => {
    const from = message(world, random) as Response | undefined;
    return [Object.is(from?.body, from?.body), from?.body === null, from?.body?.locked];
  },
  "read of the body": async (world, random) => {
    const reader = (message(world, random) as Response | undefined)?.body?.getReader();
    const { done, value } = (await reader?.read()) ?? {};
    if (random(2)) reader?.releaseLock();
    // How the bytes are cut into chunks is nobody's business, but that there are some is.
    return [done, value?.constructor.name];
  },
  "cancel the body": (world, random) => {
    const from = message(world, random) as Response | undefined;
    // Half of a tee waits for the other half to be canceled too.
    from?.body?.cancel().catch(() => {});
    return from?.bodyUsed;
  },
  members: (world, random) => {
    const from = message(world, random) as object | undefined;
    return from && members.split(" ").map((name) => Reflect.get(from, name));
  },
  fields: (world, random) => [...((message(world, random) as Response | undefined)?.headers ?? [])],
  next: ({ iterators }, random) => pick(iterators, random)?.next(),
  ...Object.fromEntries(
    Object.entries(ofHeaders).map(([what, operation]) => [
      `headers.${what}`,
      (world: World, random: Random) => {
        const own = random(2) ? (message(world, random) as Response | undefined)?.headers : undefined;
        const headers = own ?? pick(world.headers, random);
        return headers && operation(headers, world, random);
      },
    ]),
  ),
};
type HeadersLike = ConstructorParameters<typeof Headers>[0];

/** What came of it, with promises awaited: they may be of different length in ticks. */
async function outcomeOf(operation: Operation, world: World, random: Random): Promise<string> {
  const timers: NodeJS.Timeout[] = [];
  try {
    const given = (async () => {
      const result = await operation(world, random);
      return Array.isArray(result) ? Promise.all(result) : result;
    })();
    const parts = await Promise.race([
      given,
      new Promise((resolve) => timers.push(setTimeout(resolve, 5_000, "never"))),
    ]);
    // An empty last value leaves a space when it is joined, which a clone of a light request has not.
    return inspect(parts, { depth: 4 }).replaceAll(/([,;]) (?=['"])/g, "$1");
  } catch (error) {
    return `threw ${error instanceof Error ? `${error.constructor.name} ${error.name}` : String(error)}`;
  } finally {
    for (const timer of timers) clearTimeout(timer);
  }
}

test(`random operations give the same on native and light objects, from seed ${seed}`, async () => {
  const worldOf = (kind: World["kind"]): World => ({
    kind,
    classes: kinds[kind],
    headers: [],
    messages: [],
    iterators: [],
  });
  const all = Object.entries(operations);
  let done = 0;
  for (let run = 0; run < runs; run++) {
    const [native, light] = [worldOf("native"), worldOf("light")];
    const random = randomOf(seed * 1_000_003 + run);
    const log: string[] = [];
    for (let step = 0; step < STEPS; step++) {
      const [what, operation] = all[random(all.length)]!;
      const start = random(2 ** 31);
      const wanted = await outcomeOf(operation, native, randomOf(start));
      const given = await outcomeOf(operation, light, randomOf(start));
      log.push(`${what}: ${wanted}`);
      assert.equal(given, wanted, `run ${run} of seed ${seed}, step ${step}:\n${log.join("\n")}`);
      if (!wanted.startsWith("threw")) done++;
    }
  }
  assert.ok(done > runs * STEPS * 0.5, `only ${done} gave something`);
});
