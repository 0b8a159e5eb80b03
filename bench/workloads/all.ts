import { firstAnswer } from "./first-answer.ts";
import { idleConnections } from "./idle-connections.ts";
import { LOADS } from "./loads.ts";
import { idleMemory } from "./memory.ts";
import { reload } from "./reload.ts";
import type { Workload } from "./workload.ts";

/** All of them, in the order of the report. */
export const WORKLOADS: readonly Workload[] = [...LOADS, idleConnections, firstAnswer, idleMemory, reload];
