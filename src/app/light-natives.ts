import {
  awaitNatives,
  canAwaitNatives,
  loadNatives,
  type NativeClass,
  type NativeName,
} from "./native-loading.ts";

interface Natives {
  readonly Headers: typeof Headers;
  readonly Request: typeof Request;
  readonly Response: typeof Response;
}

let natives: Natives | undefined;
/** Light ones are installed, and node has not loaded its own. */
let isAwaited = false;

/** Node's own class, whatever `globalThis` says. The first to ask may have it loaded. */
export function nativeClass<Name extends NativeName>(name: Name): Natives[Name] {
  if (isAwaited) loadNatives();
  return (natives ?? globalThis)[name];
}

/**
 * Keeps node's own classes, before `globalThis` has the light ones in their place. From then on native
 * objects are instances of the light classes too: what `fetch` resolves to is an `instanceof Response` of
 * the app's, and what an app adds to `Response.prototype` it has. Light objects are instances of the native
 * classes for who holds those: WebAssembly.compileStreaming asks so, and whoever came before us.
 * Where node has not loaded them yet, they are kept when it does.
 * @returns whether they were there
 */
export function keepNatives(
  lights: Readonly<Record<NativeName, { readonly prototype: object }>>,
  isLight: Readonly<Record<NativeName, (value: unknown) => boolean>>,
): boolean {
  const link = (name: NativeName, native: NativeClass) => linkNative(native, lights[name], isLight[name]);
  if (canAwaitNatives()) {
    isAwaited = true;
    awaitNatives((all) => {
      natives = all as unknown as Natives;
      isAwaited = false;
    }, link);
    return false;
  }
  const { Headers, Request, Response } = globalThis;
  natives = { Headers, Request, Response };
  for (const name of ["Headers", "Request", "Response"] as const) link(name, natives[name]);
  return true;
}

/** Leaves them as they were found. */
export function releaseNatives(): void {
  for (const native of Object.values(natives ?? {})) {
    Object.setPrototypeOf(native.prototype, Object.prototype);
    setConstructor(native.prototype, native);
    Reflect.deleteProperty(native, Symbol.hasInstance);
  }
}

function linkNative(
  native: NativeClass,
  light: { readonly prototype: object },
  isLight: (value: unknown) => boolean,
): void {
  Object.setPrototypeOf(native.prototype, light.prototype);
  setConstructor(native.prototype, light);
  const ordinary = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(native, Symbol.hasInstance, {
    // Subclasses inherit it.
    value(this: unknown, value: unknown): boolean {
      return ordinary.call(this as () => void, value) || (this === native && isLight(value));
    },
    configurable: true,
  });
}

function setConstructor(prototype: object, value: object): void {
  Object.defineProperty(prototype, "constructor", { value, writable: true, configurable: true });
}
