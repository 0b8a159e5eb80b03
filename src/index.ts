/** What a program may import from "portico": the types of the gateway interface. */
export type { Context, FetchApp, FetchHandler } from "./app/interface.ts";
