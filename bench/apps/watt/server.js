import { createServer } from "node:http";
import listener from "../listener.ts";

export function create() {
  return createServer(listener);
}
