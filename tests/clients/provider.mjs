// An OpenID provider that others wrote, which tells a lie about somebody when it is asked to.
// node provider.mjs PORT CLIENTS: CLIENTS is a JSON list of client metadata (OpenID Connect Registration 1.0).
import crypto from "node:crypto";
import * as jose from "jose";
import Provider from "oidc-provider";

const [port, clients] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
const issuer = `http://localhost:${port}`;
const made = async (kid) => {
  const { privateKey } = await jose.generateKeyPair("RS256", { extractable: true });
  return { ...(await jose.exportJWK(privateKey)), kid, alg: "RS256", use: "sig" };
};
const [key, next, strange] = [await made("first"), await made("next"), await made("first")];
const short = crypto.generateKeyPairSync("rsa", { modulusLength: 1024 });
const open = ({ d, p, q, dp, dq, qi, ...shown }) => shown;
const people = new Map();
let lie = "";
let lookups = 0;

const provider = new Provider(issuer, {
  clients,
  jwks: { keys: [key] },
  claims: { openid: ["sub", "email", "email_verified"] },
  conformIdTokenClaims: false,
  cookies: { keys: ["a key for the tests"] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: true, ...people.get(id) }),
  }),
});

const sign = async (claims, header, by) =>
  new jose.SignJWT(claims).setProtectedHeader(header).sign(await jose.importJWK(by, header.alg));
const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

const LIES = {
  nonce: (c) => [{ ...c, nonce: "another" }],
  "no nonce": ({ nonce, ...c }) => [c],
  issuer: (c) => [{ ...c, iss: "https://elsewhere.example" }],
  audience: (c) => [{ ...c, aud: "someone-else" }],
  "two audiences": (c) => [{ ...c, aud: [c.aud, "someone-else"] }],
  "authorized party": (c) => [{ ...c, azp: "someone-else" }],
  expired: (c) => [{ ...c, exp: c.iat - 3600 }],
  "made tomorrow": (c) => [{ ...c, iat: c.iat + 86400, exp: c.exp + 86400 }],
  "made yesterday": (c) => [{ ...c, iat: c.iat - 86400 }],
  "no subject": ({ sub, ...c }) => [c],
  "access token": (c) => [{ ...c, at_hash: "AAAAAAAAAAAAAAAAAAAAAA" }],
  signature: (c) => [c, {}, strange],
  kid: (c) => [c, { kid: "unheard-of" }],
  rotated: (c) => [c, { kid: "next" }, next],
  HS256: (c, secret) => [c, { alg: "HS256" }, { kty: "oct", k: Buffer.from(secret).toString("base64url") }],
};

const told = async (token, secret) => {
  const claims = jose.decodeJwt(token);
  if (lie === "short key") {
    const text = `${part({ alg: "RS256", kid: "short" })}.${part(claims)}`;
    return `${text}.${crypto.sign("sha256", Buffer.from(text), short.privateKey).toString("base64url")}`;
  }
  if (lie === "none") return `${part({ alg: "none" })}.${part(claims)}.`;
  const [changed, header = {}, by = key] = LIES[lie](claims, secret);
  return sign(changed, { alg: "RS256", kid: "first", ...header }, by);
};

provider.use(async (ctx, go) => {
  if (ctx.path === "/_lie") lie = ctx.query.about;
  if (ctx.path === "/_email") people.set(ctx.query.of, { email: ctx.query.is, email_verified: ctx.query.verified === "yes" });
  if (ctx.path === "/_lookups") ctx.body = String(lookups);
  if (ctx.path.startsWith("/_")) return void (ctx.status = 200);
  if (lie === "down" && ctx.path === "/token") return void (ctx.status = 503);
  await go();
  if (ctx.path === "/jwks") {
    lookups += 1;
    const brief = { ...short.publicKey.export({ format: "jwk" }), kid: "short", alg: "RS256", use: "sig" };
    if (lie === "short key") ctx.body = { keys: [...ctx.body.keys, brief] };
    if (lie === "rotated") ctx.body = { keys: [...ctx.body.keys, open(next)] };
  }
  if (ctx.path === "/token" && ctx.body?.id_token && lie) {
    ctx.body.id_token = await told(ctx.body.id_token, ctx.oidc.client.clientSecret ?? "");
  }
});

provider.listen(port, "127.0.0.1", () => console.log("ready"));
