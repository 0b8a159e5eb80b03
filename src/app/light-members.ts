import { type NativeName, nativeClass } from "./light-natives.ts";

type Member<State> = (state: State, ...args: never[]) => unknown;

/** What the prototype of a light class has. */
export interface Members<State> {
  readonly name: NativeName;
  /** Arguments that its constructor has to have. */
  readonly length: number;
  /** The state of a light object; undefined: a native one, or something else. */
  readonly stateOf: (value: unknown) => State | undefined;
  readonly getters: Readonly<Record<string, (state: State) => unknown>>;
  readonly methods: Readonly<Record<string, Member<State>>>;
}

/**
 * Defines accessors and methods that serve light objects by their state, and hand others over to the
 * native class: its own objects are theirs too, and for what is neither it throws as it always does.
 */
export function defineMembers<State>(prototype: object, members: Members<State>): void {
  const { name: className, length, stateOf } = members;
  Object.defineProperties(prototype.constructor, {
    name: { value: className, configurable: true },
    length: { value: length, configurable: true },
  });
  const nativePrototype = (): object => nativeClass(className).prototype;
  for (const [name, light] of Object.entries(members.getters)) {
    const get = function (this: unknown): unknown {
      const state = stateOf(this);
      return state === undefined ? Reflect.get(nativePrototype(), name, this) : light(state);
    };
    Object.defineProperty(get, "name", { value: `get ${name}`, configurable: true });
    Object.defineProperty(prototype, name, { get, enumerable: true, configurable: true });
  }
  for (const [name, light] of Object.entries(members.methods)) {
    const call = light as (state: State, ...args: unknown[]) => unknown;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      const state = stateOf(this);
      if (state !== undefined) return call(state, ...args);
      return (Reflect.get(nativePrototype(), name) as (...args: unknown[]) => unknown).apply(this, args);
    };
    Object.defineProperty(value, "name", { value: name, configurable: true });
    Object.defineProperty(prototype, name, { value, enumerable: true, configurable: true, writable: true });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { value: className, configurable: true });
}
