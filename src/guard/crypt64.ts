const DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** Three bytes as crypt(3) writes them: the lowest six bits first, `length` digits. */
export function encode64([high, middle, low]: readonly [number, number, number], length: number): string {
  let bits = (high << 16) | (middle << 8) | low;
  let text = "";
  for (let i = 0; i < length; i++) {
    text += DIGITS[bits & 63]!;
    bits >>>= 6;
  }
  return text;
}
