/** Words of the subkeys, and of the four boxes behind them. */
const SUBKEYS = 18;
const BOXES = 4 * 256;

/**
 * The first `count` words of 32 bits of pi's binary fraction, by Machin's formula. Blowfish starts from them;
 * working them out takes some milliseconds, once for a program that needs them, and spares it a table of 4 KiB.
 */
function wordsOfPi(count: number): Int32Array {
  // What the divisions cut off, some ten thousand times less than one, stays within these.
  const guardBits = 64n;
  const bits = BigInt(count * 32) + guardBits;
  const arctanOfInverse = (inverse: bigint): bigint => {
    const square = inverse * inverse;
    let sum = 0n;
    let divisor = 1n;
    for (let term = (1n << bits) / inverse; term !== 0n; term = -term / square) {
      sum += term / divisor;
      divisor += 2n;
    }
    return sum;
  };
  const pi = 16n * arctanOfInverse(5n) - 4n * arctanOfInverse(239n);
  const fraction = BigInt.asUintN(Number(bits), pi) >> guardBits;
  const digits = fraction.toString(16).padStart(count * 8, "0");
  return Int32Array.from({ length: count }, (_, index) =>
    Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16),
  );
}

/** Subkeys and boxes before any key has gone into them. */
export const initialState = (): Int32Array => wordsOfPi(SUBKEYS + BOXES);

/** Big-endian words read around and around a key. */
function cyclicWords(key: Uint8Array, count: number): Int32Array {
  let at = 0;
  return Int32Array.from({ length: count }, () => {
    let word = 0;
    for (let byte = 0; byte < 4; byte++) {
      word = (word << 8) | (key[at] ?? 0);
      at = (at + 1) % key.length;
    }
    return word;
  });
}

/** The block cipher Blowfish, with the key schedule that bcrypt makes expensive. */
export class Blowfish {
  readonly #state: Int32Array;
  #left = 0;
  #right = 0;

  constructor(state: Int32Array) {
    this.#state = state;
  }

  /** Mixes a key in; with a salt, as bcrypt does first. */
  expand(key: Uint8Array, salt?: Uint8Array): void {
    const state = this.#state;
    const keyWords = cyclicWords(key, SUBKEYS);
    for (let index = 0; index < SUBKEYS; index++) state[index] = (state[index] ?? 0) ^ (keyWords[index] ?? 0);
    const saltWords = salt ? cyclicWords(salt, salt.length / 4) : new Int32Array(2);
    this.#left = 0;
    this.#right = 0;
    for (let index = 0; index < state.length; index += 2) {
      const at = index % saltWords.length;
      this.#left ^= saltWords[at] ?? 0;
      this.#right ^= saltWords[at + 1] ?? 0;
      this.#encipher();
      state[index] = this.#left;
      state[index + 1] = this.#right;
    }
  }

  /** Enciphers two words in place. */
  encrypt(block: Int32Array, at: number): void {
    this.#left = block[at] ?? 0;
    this.#right = block[at + 1] ?? 0;
    this.#encipher();
    block[at] = this.#left;
    block[at + 1] = this.#right;
  }

  #encipher(): void {
    const state = this.#state;
    let left = this.#left ^ (state[0] ?? 0);
    let right = this.#right;
    for (let round = 1; round < SUBKEYS - 1; round += 2) {
      right ^= this.#mix(left) ^ (state[round] ?? 0);
      left ^= this.#mix(right) ^ (state[round + 1] ?? 0);
    }
    this.#left = right ^ (state[SUBKEYS - 1] ?? 0);
    this.#right = left;
  }

  #mix(word: number): number {
    const state = this.#state;
    const first =
      (state[SUBKEYS + (word >>> 24)] ?? 0) + (state[SUBKEYS + 256 + ((word >>> 16) & 0xff)] ?? 0);
    return (
      (first ^ (state[SUBKEYS + 512 + ((word >>> 8) & 0xff)] ?? 0)) +
      (state[SUBKEYS + 768 + (word & 0xff)] ?? 0)
    );
  }
}
