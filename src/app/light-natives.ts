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
 * the app's, and what an app adds to `Response.prototype` it has.
 */
export function keepNatives(lights: Readonly<Record<NativeName, { readonly prototype: object }>>): void {
  const { Headers, Request, Response } = globalThis;
  natives = { Headers, Request, Response };
  for (const [name, { prototype }] of Object.entries(natives)) {
    const light = lights[name as NativeName];
    Object.setPrototypeOf(prototype, light.prototype);
    Object.defineProperty(prototype, "constructor", { value: light, writable: true, configurable: true });
  }
}

/** Leaves them as they were found. */
export function releaseNatives(): void {
  for (const native of Object.values(natives ?? {})) {
    Object.setPrototypeOf(native.prototype, Object.prototype);
    Object.defineProperty(native.prototype, "constructor", {
      value: native,
      writable: true,
      configurable: true,
    });
  }
}
