import { FunctionError } from "../errors.ts";
import { decodeBase64 } from "../functions/digests.ts";
import { define, library } from "../functions/function-spec.ts";
import { platformCrypto } from "../platform-crypto.ts";

const BLOCK = 16;

const keyOf = (password: string): Buffer => {
  const key = Buffer.alloc(32);
  key.write(password, "latin1");
  return key;
};

function decrypt(password: string, text: string): string {
  if (text === "") return "";
  const bytes = Buffer.from(decodeBase64(text, "standard"), "latin1");
  const content = bytes.subarray(BLOCK);
  if (content.length === 0 || content.length % BLOCK !== 0)
    throw new FunctionError("the text is not whole blocks");
  const decipher = platformCrypto()
    .createDecipheriv("aes-256-cbc", keyOf(password), bytes.subarray(0, BLOCK))
    .setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(content), decipher.final()]);
  const padding = padded[padded.length - 1] ?? 0;
  if (padding > padded.length) throw new FunctionError("the text was encrypted with another password");
  return padded.subarray(0, padded.length - padding).toString("latin1");
}

/** Sprig's encryption. */
export const SPRIG_CRYPTO = library({
  sprig_encryptAES: define(["string", "string"], (args) => {
    if (args.string(1) === "") return "";
    const iv = Buffer.from(args.run.context.randomBytes(BLOCK));
    const cipher = platformCrypto().createCipheriv("aes-256-cbc", keyOf(args.string(0)), iv);
    const content = [cipher.update(args.string(1), "latin1"), cipher.final()];
    return Buffer.concat([iv, ...content]).toString("base64");
  }),
  sprig_decryptAES: define(["string", "string"], (args) => decrypt(args.string(0), args.string(1))),
});
