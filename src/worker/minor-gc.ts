type Collect = (options: { type: "minor" }) => void;

let collect: Collect | undefined;

/** Collects V8's young generation: a millisecond or less. The app sees no `gc` in its globals. */
export function minorGc(): void {
  collect ??= exposed();
  collect({ type: "minor" });
}

/** V8 gives the function to contexts that are made while the flag is set. Most workers never need it. */
function exposed(): Collect {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as Collect;
  setFlagsFromString("--no-expose-gc");
  return gc;
}
