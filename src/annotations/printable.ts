const SHOWN_VALUE = 40;
const SHOWN_KEY = 320;

/** Characters that could hide or reorder a message: controls, format characters, line separators, surrogates. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function escaped(text: string): string {
  return text.replace(UNPRINTABLE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

/**
 * A value for a message: in quotes, printable, and of a long one only the beginning, since values may hold
 * what is nobody else's business.
 */
export function quoted(value: string): string {
  return value.length > SHOWN_VALUE
    ? `"${escaped(value.slice(0, SHOWN_VALUE))}…" (${value.length} characters)`
    : `"${escaped(value)}"`;
}

/** An annotation's key for a message: as written, but printable and not endless. */
export function printableKey(key: string): string {
  return key.length > SHOWN_KEY ? `${escaped(key.slice(0, SHOWN_KEY))}…` : escaped(key);
}
