/** The classes that have a light one beside them. */
export type NativeName = "Headers" | "Request" | "Response";
interface Natives {
  readonly Headers: typeof Headers;
  readonly Request: typeof Request;
  readonly Response: typeof Response;
}

let natives: Natives | undefined;

/** Node's own class, whatever `globalThis` says. */
export function nativeClass<Name extends NativeName>(name: Name): Natives[Name] {
  return (natives ?? globalThis)[name];
}

/**
 * Keeps node's own classes, before `globalThis` has the light ones in their place. From then on native
 * objects are instances of the light classes too: what `fetch` resolves to is an `instanceof Response` of
 * the app's, and what an app adds to `Response.prototype` it has. Light objects are instances of the native
 * classes for who holds those: WebAssembly.compileStreaming asks so, and whoever came before us.
 */
export function keepNatives(
  lights: Readonly<Record<NativeName, { readonly prototype: object }>>,
  isLight: Readonly<Record<NativeName, (value: unknown) => boolean>>,
): void {
  const { Headers, Request, Response } = globalThis;
  natives = { Headers, Request, Response };
  for (const name of ["Headers", "Request", "Response"] as const) {
    const native = natives[name];
    Object.setPrototypeOf(native.prototype, lights[name].prototype);
    setConstructor(native.prototype, lights[name]);
    const ordinary = Function.prototype[Symbol.hasInstance];
    Object.defineProperty(native, Symbol.hasInstance, {
      // Subclasses inherit it.
      value(this: unknown, value: unknown): boolean {
        return ordinary.call(this as () => void, value) || (this === native && isLight[name](value));
      },
      configurable: true,
    });
  }
}

/** Leaves them as they were found. */
export function releaseNatives(): void {
  for (const native of Object.values(natives ?? {})) {
    Object.setPrototypeOf(native.prototype, Object.prototype);
    setConstructor(native.prototype, native);
    Reflect.deleteProperty(native, Symbol.hasInstance);
  }
}

function setConstructor(prototype: object, value: object): void {
  Object.defineProperty(prototype, "constructor", { value, writable: true, configurable: true });
}
