// The whole way with panva/oauth4webapi: one JSON line in (issuer, client, secret, redirect, scope), one out (where a
// person decides), one in (where their browser was sent), one out (what came of it).
import * as readline from 'node:readline/promises'
import * as oauth from 'oauth4webapi'

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const next = async () => JSON.parse((await lines.next()).value)
const say = (what) => console.log(JSON.stringify(what))
const plain = { [oauth.allowInsecureRequests]: true } // the test's server speaks http on this machine

const given = await next()
const issuer = new URL(given.issuer)
const server = await oauth.processDiscoveryResponse(
  issuer,
  await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...plain }),
)
const client = { client_id: given.client }
const auth = oauth.ClientSecretBasic(given.secret)
const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const asked = {
  response_type: 'code',
  redirect_uri: given.redirect,
  scope: given.scope,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  resource: `${given.issuer}/api/v1`,
  state,
}
const pushed = await oauth.processPushedAuthorizationResponse(
  server,
  client,
  await oauth.pushedAuthorizationRequest(server, client, auth, asked, plain),
)
const place = new URL(server.authorization_endpoint)
place.searchParams.set('client_id', given.client)
place.searchParams.set('request_uri', pushed.request_uri)
say({ authorize: place.href })

const back = oauth.validateAuthResponse(server, client, new URL((await next()).callback), state)
const tokens = await oauth.processAuthorizationCodeResponse(
  server,
  client,
  await oauth.authorizationCodeGrantRequest(server, client, auth, back, given.redirect, verifier, plain),
)
const me = await oauth.protectedResourceRequest(
  tokens.access_token,
  'GET',
  new URL(`${given.issuer}/api/v1/me`),
  undefined,
  null,
  plain,
)
const newer = await oauth.processRefreshTokenResponse(
  server,
  client,
  await oauth.refreshTokenGrantRequest(server, client, auth, tokens.refresh_token, plain),
)
const introspect = async (token) =>
  oauth.processIntrospectionResponse(
    server,
    client,
    await oauth.introspectionRequest(server, client, auth, token, plain),
  )
const before = await introspect(newer.access_token)
await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, auth, newer.refresh_token, plain))
const after = await introspect(newer.access_token)
say({ name: (await me.json()).name, scope: newer.scope, before: before.active, after: after.active })
process.exit(0)
