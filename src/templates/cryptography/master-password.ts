import { platformCrypto } from "../platform-crypto.ts";

/** What separates these passwords from others made of the same secret: Master Password's name, version 0. */
const NAMESPACE = "com.lyndir.masterpassword";
const SCRYPT = { N: 32_768, r: 8, p: 2, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 64;

const words = (text: string): readonly string[] => text.split(" ");

/** The forms that passwords of a kind can have; each letter names a set of {@link CHARACTERS}. */
const FORMS: ReadonlyMap<string, readonly string[]> = new Map([
  ["maximum", words("anoxxxxxxxxxxxxxxxxx axxxxxxxxxxxxxxxxxno")],
  [
    "long",
    words(
      "CvcvnoCvcvCvcv CvcvCvcvnoCvcv CvcvCvcvCvcvno CvccnoCvcvCvcv CvccCvcvnoCvcv CvccCvcvCvcvno CvcvnoCvccCvcv " +
        "CvcvCvccnoCvcv CvcvCvccCvcvno CvcvnoCvcvCvcc CvcvCvcvnoCvcc CvcvCvcvCvccno CvccnoCvccCvcv CvccCvccnoCvcv " +
        "CvccCvccCvcvno CvcvnoCvccCvcc CvcvCvccnoCvcc CvcvCvccCvccno CvccnoCvcvCvcc CvccCvcvnoCvcc CvccCvcvCvccno",
    ),
  ],
  ["medium", words("CvcnoCvc CvcCvcno")],
  ["short", words("Cvcn")],
  ["basic", words("aaanaaan aannaaan aaannaaa")],
  ["pin", words("nnnn")],
]);

const VOWELS = "AEIOU";
const CONSONANTS = "BCDFGHJKLMNPQRSTVWXYZ";
const LETTERS = VOWELS + VOWELS.toLowerCase() + CONSONANTS + CONSONANTS.toLowerCase();
const DIGITS = "0123456789";

const CHARACTERS: Readonly<Record<string, string>> = {
  V: VOWELS,
  C: CONSONANTS,
  v: VOWELS.toLowerCase(),
  c: CONSONANTS.toLowerCase(),
  a: LETTERS,
  n: DIGITS,
  o: "@&%?,=[]_:-+*$#!'^~;()/.",
  x: `${LETTERS}${DIGITS}!@#$%^&*()`,
};

export interface MasterPasswordRequest {
  /** Counts up for a new password of the same site; 32 bits. */
  readonly counter: number;
  readonly kind: string;
  /** The secret it is made of, as bytes, and so are the names. */
  readonly password: Buffer;
  readonly user: Buffer;
  readonly site: Buffer;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/**
 * The password that Master Password (version 0) derives for a site, always the same for the same request. It
 * takes some 150 ms and 32 MiB, as it is meant to. undefined: there is no such kind of password
 */
export function masterPassword({
  counter,
  kind,
  password,
  user,
  site,
}: MasterPasswordRequest): string | undefined {
  const forms = FORMS.get(kind);
  if (!forms) return undefined;
  const { createHmac, scryptSync } = platformCrypto();
  const namespace = Buffer.from(NAMESPACE);
  const salt = Buffer.concat([namespace, uint32(user.length), user]);
  const key = scryptSync(password, salt, KEY_BYTES, SCRYPT);
  const message = Buffer.concat([namespace, uint32(site.length), site, uint32(counter)]);
  const [choice = 0, ...seed] = createHmac("sha256", key).update(message).digest();
  const form = forms[choice % forms.length] ?? "";
  return Array.from(form, (set, index) => {
    const characters = CHARACTERS[set] ?? "";
    return characters[(seed[index] ?? 0) % characters.length] ?? "";
  }).join("");
}
