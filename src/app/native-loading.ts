import { getCallSites } from "node:util";

/** The classes that have a light one beside them. */
export type NativeName = "Headers" | "Request" | "Response";
export type NativeClass = (abstract new (...args: never[]) => object) & { readonly prototype: object };

/** Node's module of its Fetch classes. */
const UNDICI = "internal/deps/undici/undici";
/** The newest major version of node that this was tried on. */
const NEWEST = 26;

/**
 * Node loads its Fetch classes (100 ms of CPU, 20 MB) when the first of its lazy globals is read, and there is
 * no way to them once those are overwritten. But while they load, each class has the members of its prototype
 * defined by `Object.defineProperties`: whoever stands there until then is handed them.
 * @returns whether they are still to be loaded, by a node that is known to do so
 */
export function canAwaitNatives(): boolean {
  const { moduleLoadList } = process as unknown as { moduleLoadList?: readonly string[] };
  if (Number.parseInt(process.versions.node, 10) > NEWEST) return false;
  return moduleLoadList?.includes(`NativeModule ${UNDICI}`) === false;
}

/**
 * Calls `link` with each class as it is made, and `loaded` with all when the last is.
 * Before it there must have been `canAwaitNatives`.
 */
export function awaitNatives(
  loaded: (natives: Record<NativeName, NativeClass>) => void,
  link: (name: NativeName, native: NativeClass) => void,
): void {
  const natives: Partial<Record<NativeName, NativeClass>> = {};
  const ordinary = Object.defineProperties;
  function defineProperties(object: unknown, properties: PropertyDescriptorMap): unknown {
    const defined: unknown = ordinary(object as object, properties);
    const made = undiciClass(object);
    const name = made?.name as NativeName;
    if (made === undefined || natives[name] !== undefined) return defined;
    natives[name] = made;
    link(name, made);
    const { Headers, Request, Response } = natives;
    if (Headers !== undefined && Request !== undefined && Response !== undefined) {
      // An app may have put something else there meanwhile, or frozen it.
      if (Object.defineProperties === defineProperties) Reflect.set(Object, "defineProperties", ordinary);
      loaded({ Headers, Request, Response });
    }
    return defined;
  }
  Object.defineProperties = defineProperties as typeof Object.defineProperties;
}

/** Has node load them. */
export function loadNatives(): void {
  // An accessor of the module's that is read for its effect; the globals may be the app's by now.
  Reflect.get(process.getBuiltinModule("node:http"), "WebSocket");
}

/** The class of a prototype whose members node's own module defines now; other packages have classes of the same names. */
function undiciClass(prototype: unknown): NativeClass | undefined {
  if (typeof prototype !== "object" || prototype === null) return undefined;
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, "constructor")?.value;
  if (typeof made !== "function") return undefined;
  if (made.name !== "Headers" && made.name !== "Request" && made.name !== "Response") return undefined;
  const isNodes = getCallSites(4).some(({ scriptName }) => scriptName === `node:${UNDICI}`);
  return isNodes ? (made as unknown as NativeClass) : undefined;
}
