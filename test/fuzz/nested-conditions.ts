/** Whether the input begins with "FUZZ"; a fuzzer that sees coverage gets there byte by byte. */
export function nestedConditions(input: Buffer): boolean {
  if (input[0] === 0x46) {
    if (input[1] === 0x55) {
      if (input[2] === 0x5a) {
        if (input[3] === 0x5a) return true;
      }
    }
  }
  return false;
}
