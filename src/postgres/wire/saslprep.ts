const MAPPED_TO_NOTHING =
  /\u034F|\u180B|\u180C|\u180D|[\u00AD\u1806\u200B-\u200D\u2060\uFEFF]|[\uFE00-\uFE0F]/gu;
const SPACES = /[\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000]/gu;

/** Made only when it is asked for: V8 has ICU build the sets of Unicode's properties when it makes a pattern of them. */
const isProhibited = (text: string): boolean =>
  /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\u2028\u2029\uFFFC\uFFFD]/u.test(text);

/**
 * A password as SCRAM hashes it: SASLprep (RFC 4013), and, as PostgreSQL does, the password as it is when
 * SASLprep would refuse it.
 */
export function saslprep(password: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII needs no preparation.
  if (/^[\x00-\x7f]*$/.test(password)) return password;
  const prepared = password.replace(MAPPED_TO_NOTHING, "").replace(SPACES, " ").normalize("NFKC");
  return prepared === "" || isProhibited(prepared) ? password : prepared;
}
