import { openRegistry, type Registry, registryFolder } from "../master/registry.ts";
import type { Program } from "./program.ts";

/** This user's registry of running masters; undefined where there is no place for it. */
export function registry(program: Program): Registry | undefined {
  try {
    return openRegistry(registryFolder(program.env, process.getuid!(), program.temporary));
  } catch (error) {
    program.err(`portico: ${(error as Error).message}\n`);
    return undefined;
  }
}
