const MODULUS = 65521;

/** Adler-32 (RFC 1950) of bytes, in decimal. */
export function adler32(bytes: string): string {
  let low = 1;
  let high = 0;
  for (let index = 0; index < bytes.length; index++) {
    low = (low + bytes.charCodeAt(index)) % MODULUS;
    high = (high + low) % MODULUS;
  }
  return String(high * 65536 + low);
}
