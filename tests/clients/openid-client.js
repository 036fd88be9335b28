// The whole way with panva/openid-client. The lines in and out are those of oauth4webapi.js.
import * as readline from 'node:readline/promises'
import * as client from 'openid-client'

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const next = async () => JSON.parse((await lines.next()).value)
const say = (what) => console.log(JSON.stringify(what))

const given = await next()
const config = await client.discovery(
  new URL(given.issuer),
  given.client,
  undefined,
  client.ClientSecretPost(given.secret),
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }, // the test's server speaks http on this machine
)
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const place = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: given.redirect,
  scope: given.scope,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
})
say({ authorize: place.href })

const tokens = await client.authorizationCodeGrant(config, new URL((await next()).callback), {
  pkceCodeVerifier: verifier,
  expectedState: state,
})
const me = await client.fetchProtectedResource(
  config,
  tokens.access_token,
  new URL(`${given.issuer}/api/v1/me`),
  'GET',
)
const newer = await client.refreshTokenGrant(config, tokens.refresh_token)
const before = await client.tokenIntrospection(config, newer.access_token)
await client.tokenRevocation(config, newer.refresh_token)
const after = await client.tokenIntrospection(config, newer.access_token)
say({ name: (await me.json()).name, scope: newer.scope, before: before.active, after: after.active })
process.exit(0)
