import { inspect } from "node:util";
import { nativeClass } from "./light-natives.ts";
import type { NativeName } from "./native-loading.ts";

type Member<State> = (state: State, ...args: never[]) => unknown;
type Method = (...args: unknown[]) => unknown;

/** What the prototype of a light class has. */
export interface Members<State> {
  readonly name: NativeName;
  /** Arguments that its constructor has to have. */
  readonly length: number;
  /** The state of a light object; undefined: a native one, or something else. */
  readonly stateOf: (value: unknown) => State | undefined;
  readonly getters: Readonly<Record<string, (state: State) => unknown>>;
  readonly methods: Readonly<Record<string, Member<State>>>;
  /** Arguments that methods have to have; none where it does not say. */
  readonly required?: Readonly<Record<string, number>>;
}

/**
 * Defines accessors and methods that serve light objects by their state, and hand others over to the
 * native class: its own objects are theirs too, and for what is neither it throws as it always does.
 */
export function defineMembers<State>(prototype: object, members: Members<State>): void {
  const { name: className, length, stateOf, required = {} } = members;
  Object.defineProperties(prototype.constructor, {
    name: { value: className, configurable: true },
    length: { value: length, configurable: true },
  });
  const ofNative = (name: string, self: unknown) => Reflect.get(nativeClass(className).prototype, name, self);
  for (const [name, light] of Object.entries(members.getters)) {
    define(prototype, name, {
      get [name]() {
        const state = stateOf(this);
        return state === undefined ? ofNative(name, this) : light(state);
      },
    });
  }
  for (const [name, light] of Object.entries(members.methods)) {
    const call = light as (state: State, ...args: unknown[]) => unknown;
    const wanted = required[name] ?? 0;
    define(prototype, name, {
      [name](...args: unknown[]) {
        const state = stateOf(this);
        if (state === undefined) return (ofNative(name, this) as Method).apply(this, args);
        if (args.length < wanted) throw tooFew(`${className}.${name}`, wanted, args.length);
        return call(state, args[0], args[1]);
      },
    });
    Object.defineProperty(Reflect.get(prototype, name), "length", { value: wanted, configurable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: className, configurable: true });
}

/** Has its objects inspected as the native class has it: it asks for what is public. */
export function inspectAsNative(prototype: object, name: NativeName): void {
  const members = {
    [inspect.custom](...args: unknown[]): unknown {
      return (Reflect.get(nativeClass(name).prototype, inspect.custom) as Method).apply(this, args);
    },
  };
  define(prototype, inspect.custom, members, { enumerable: false });
}

/** Adds methods that this node's native class has and ours does not: they do what they do on a native object. */
export function addMethods(
  prototype: object,
  className: NativeName,
  names: readonly string[],
  nativeOf: (self: unknown) => unknown,
): void {
  for (const name of names) {
    if (Object.hasOwn(prototype, name)) continue;
    const members = {
      [name](...args: unknown[]): unknown {
        const method = Reflect.get(nativeClass(className).prototype, name) as Method;
        return method.apply(nativeOf(this) ?? this, args);
      },
    };
    define(prototype, name, members);
  }
}

export function methodNames(prototype: object): string[] {
  const members = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return members.filter(([, { value }]) => typeof value === "function").map(([name]) => name);
}

/**
 * Defines a member as object literals have it: methods and accessors of those have their name, and are no
 * constructors.
 */
export function define(to: object, name: PropertyKey, from: object, how: PropertyDescriptor = {}): void {
  Object.defineProperty(to, name, { ...Object.getOwnPropertyDescriptor(from, name), ...how });
}

function tooFew(method: string, wanted: number, found: number): TypeError {
  const noun = wanted === 1 ? "argument" : "arguments";
  return new TypeError(`${method}: ${wanted} ${noun} required, but only ${found} found.`);
}
