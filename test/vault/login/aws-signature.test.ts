import { describe, expect, test } from "vitest";
import { signAwsRequest } from "../../../src/vault/login/aws-signature.ts";

// Keys, date and expected signatures as AWS publishes them: the Signature Version 4 test suite, and the
// worked example of the IAM documentation.
const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "",
};
const at = Date.UTC(2015, 7, 30, 12, 36, 0);

describe("a signature", () => {
  test.each([
    [
      "get-vanilla",
      { method: "GET", url: "https://example.amazonaws.com/", headers: {}, body: "" },
      "service",
      "host;x-amz-date",
      "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ],
    [
      "post-vanilla",
      { method: "POST", url: "https://example.amazonaws.com/", headers: {}, body: "" },
      "service",
      "host;x-amz-date",
      "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ],
    [
      "get-vanilla-query-order-key-case",
      {
        method: "GET",
        url: "https://example.amazonaws.com/?Param2=value2&Param1=value1",
        headers: {},
        body: "",
      },
      "service",
      "host;x-amz-date",
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ],
    [
      "post-header-key-sort",
      {
        method: "POST",
        url: "https://example.amazonaws.com/",
        headers: { "My-Header1": "value1" },
        body: "",
      },
      "service",
      "host;my-header1;x-amz-date",
      "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
    ],
    [
      "post-x-www-form-urlencoded",
      {
        method: "POST",
        url: "https://example.amazonaws.com/",
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
        body: "Param1=value1",
      },
      "service",
      "content-type;host;x-amz-date",
      "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ],
    [
      "the IAM documentation's ListUsers",
      {
        method: "GET",
        url: "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08",
        headers: { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" },
        body: "",
      },
      "iam",
      "content-type;host;x-amz-date",
      "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
    ],
  ])("is the published one: %s", (_name, request, service, signedHeaders, signature) => {
    const headers = signAwsRequest(request, credentials, { region: "us-east-1", service }, at);
    expect(headers.authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/${service}/aws4_request, ` +
        `SignedHeaders=${signedHeaders}, Signature=${signature}`,
    );
    expect(headers["x-amz-date"]).toBe("20150830T123600Z");
  });

  test("covers the session token of temporary keys", () => {
    const request = { method: "GET", url: "https://example.amazonaws.com/", headers: {}, body: "" };
    const temporary = { ...credentials, sessionToken: "session" };
    const headers = signAwsRequest(request, temporary, { region: "us-east-1", service: "service" }, at);
    expect(headers["x-amz-security-token"]).toBe("session");
    expect(headers.authorization).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token");
  });
});
