/** The port of what `listen` names: "[::]:8443" → 8443; without one it is 80, as NGINX has it. */
export function portOf(address: string): number {
  return Number(/(?:^|:)(\d+)$/.exec(address)?.[1] ?? 80);
}
