import { nativeResponse } from "./light-response.ts";

const NAMES = ["compileStreaming", "instantiateStreaming"] as const;

/**
 * Has WebAssembly's streaming functions (https://webassembly.github.io/spec/web-api/) take light Responses:
 * node's ask for an object of its own class.
 * @returns puts node's own back
 */
export function installWasmStreaming(): () => void {
  const namespace = Reflect.get(globalThis, "WebAssembly") as object;
  const before = NAMES.map((name) => [name, Object.getOwnPropertyDescriptor(namespace, name)] as const);
  for (const [name, found] of before) {
    // `--disable-wasm-trap-handler` and its like may leave none.
    if (found === undefined) continue;
    const native = found.value as (...args: unknown[]) => unknown;
    const { [name]: value } = {
      [name](source: unknown, ...rest: unknown[]): unknown {
        return native.call(namespace, Promise.resolve(source).then(nativeResponse), ...rest);
      },
    };
    Object.defineProperty(namespace, name, { ...found, value });
  }
  return () => {
    for (const [name, found] of before) {
      if (found !== undefined) Object.defineProperty(namespace, name, found);
    }
  };
}
