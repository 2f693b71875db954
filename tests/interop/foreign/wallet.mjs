// A wallet on @openid4vc/openid4vci and openid4vp; credentials are shown by @sd-jwt/sd-jwt-vc and @owf/mdoc.
import {bare, hash} from './crypto.mjs';
import {presentMdoc, presentSdJwt} from './documents.mjs';
import {Keyring} from './keyring.mjs';
import {jose, oauth2, vci, vp} from './packages.mjs';

const PRE_AUTHORIZED = oauth2.preAuthorizedCodeGrantIdentifier;
const keys = new Keyring();
let [session, asked] = [];

const client = () => new vci.Openid4vciClient({callbacks: session.callbacks});

// A wallet provider: its key and certificates, by which it attests this wallet and its keys.
let provider;
async function provide({jwk, x5c}) {
  provider = {id: await keys.add({...jwk, alg: 'ES256'}), x5c};
}

const attester = () => ({
  signer: keys.signer(provider.id, 'x5c', provider.x5c), issuedAt: new Date(), expiresAt: new Date(Date.now() + 300_000)
});
const walletProvider = new vci.Openid4vciWalletProvider({callbacks: keys.callbacks()});

async function attestClient({clientId}) {
  const instance = await keys.make();
  return walletProvider.createWalletAttestationJwt({
    ...attester(), clientId, issuer: 'https://provider.example', confirmation: {jwk: bare(keys.get(instance))},
    walletName: 'A foreign wallet'
  });
}

// The proof of possession, as a request to this server has it.
async function proveClient({attestation, server}) {
  const headers = new Headers();
  await oauth2.clientAuthenticationClientAttestationJwt({
    clientAttestationJwt: attestation, callbacks: keys.callbacks()
  })({headers, authorizationServerMetadata: {issuer: server}});
  return headers.get('OAuth-Client-Attestation-PoP');
}

async function attestKeys({count = 1, nonce, use}) {
  const made = await Promise.all(Array.from({length: count}, () => keys.make()));
  return {jwt: await attestation(walletProvider, made, nonce, use), holders: made.map(id => bare(keys.get(id)))};
}

const attestation = (by, made, nonce, use) => by.createKeyAttestationJwt({
  ...attester(), nonce, use, attestedKeys: made.map(id => bare(keys.get(id))), keyStorage: ['iso_18045_high']
});

// The package's attestation of keys has the type of the drafts (OpenID4VCI D.1).
const finalProvider = new vci.Openid4vciWalletProvider({callbacks: {...keys.callbacks(), signJwt: (signer, {header, payload}) =>
  keys.callbacks().signJwt(signer, {header: {...header, typ: 'key-attestation+jwt'}, payload})
}});

// An offer, by value or by reference, and what the issuer says of itself.
async function offer({offer: url, attestation, clientId, signed: wanted = false}) {
  const authentication = attestation ?
    oauth2.clientAuthenticationClientAttestationJwt({clientAttestationJwt: attestation, callbacks: challenged()}) :
    clientId ? oauth2.clientAuthenticationNone({clientId}) : oauth2.clientAuthenticationAnonymous();
  // The package sends no Accept: who wants signed metadata has to (OpenID4VCI 12.2.2).
  const accepting = (input, options) => fetch(input, {...options, headers: {...options?.headers, accept: 'application/jwt'}});
  session = {callbacks: keys.callbacks({clientAuthentication: authentication}), clientId};
  session.offer = await client().resolveCredentialOffer(url);
  const reader = new vci.Openid4vciClient({callbacks: {...session.callbacks, ...(wanted && {fetch: accepting})}});
  session.issuer = await reader.resolveIssuerMetadata(session.offer.credential_issuer);
  return {
    offer: session.offer, draft: session.issuer.originalDraftVersion,
    known: Object.keys(session.issuer.knownCredentialConfigurations),
    signedBy: session.issuer.signedCredentialIssuer?.signer ?? null,
    issuer: session.issuer.credentialIssuer, server: session.issuer.authorizationServers[0]
  };
}

// A server's challenge stands in the proof (attestation-based client authentication, 8); the package knows of none.
function challenged() {
  const callbacks = keys.callbacks();
  return {...callbacks, async signJwt(signer, {header, payload}) {
    const {challenge_endpoint: endpoint} = session.issuer.authorizationServers[0];
    const {attestation_challenge: challenge} = endpoint ? await (await fetch(endpoint, {method: 'POST'})).json() : {};
    return callbacks.signJwt(signer, {header, payload: {...payload, ...(challenge && {challenge})}});
  }};
}

async function dpop() {
  return {signer: keys.signer(await keys.make())};
}

// A refresh token stays where no other takes its place (RFC 6749 6).
function keep({accessTokenResponse, dpop: bound}) {
  const {refresh_token: refreshToken} = session.token ?? {};
  session.token = {refresh_token: refreshToken, ...accessTokenResponse};
  session.dpop = bound;
  return {tokenType: session.token.token_type, refreshable: Boolean(session.token.refresh_token)};
}

// The pre-authorized code grant.
async function redeem({txCode, bound = false}) {
  return keep(await client().retrievePreAuthorizedCodeAccessTokenFromOffer({
    credentialOffer: session.offer, issuerMetadata: session.issuer, txCode, ...(bound && {dpop: await dpop()})
  }));
}

// The authorization code grant: where the person is to go, and what comes back from there.
async function authorize({scope, redirectUri, bound = false}) {
  session.redirectUri = redirectUri;
  const made = await client().initiateAuthorization({
    clientId: session.clientId, credentialOffer: session.offer, issuerMetadata: session.issuer,
    redirectUri, scope, ...(bound && {dpop: await dpop()})
  });
  Object.assign(session, {pkce: made.pkce, dpop: made.dpop});
  return made.authorizationRequestUrl;
}

async function authorized({url}) {
  const authorizationServerMetadata = session.issuer.authorizationServers[0];
  const {code} = client().parseAndVerifyAuthorizationResponseRedirectUrl({url, authorizationServerMetadata});
  return keep(await client().retrieveAuthorizationCodeAccessTokenFromOffer({
    credentialOffer: session.offer, issuerMetadata: session.issuer, authorizationCode: code,
    pkceCodeVerifier: session.pkce.codeVerifier, redirectUri: session.redirectUri, dpop: session.dpop
  }));
}

async function refresh() {
  return keep(await new oauth2.Oauth2Client({callbacks: session.callbacks}).retrieveRefreshTokenAccessToken({
    authorizationServerMetadata: session.issuer.authorizationServers[0],
    refreshToken: session.token.refresh_token, dpop: session.dpop
  }));
}

// A credential for each of `count` fresh keys, bound as the issuer's metadata have it.
async function credential({configuration, count = 1, attested = false, encrypted = false, clientId}) {
  const {nonce_endpoint: nonceEndpoint, credential_configurations_supported: all} = session.issuer.credentialIssuer;
  const {cryptographic_binding_methods_supported: ways, proof_types_supported: proofTypes} = all[configuration];
  const how = ways.includes('jwk') || ways.includes('cose_key') ? 'jwk' : 'did';
  const made = [];
  for(let one = 0; one < count; one++) {
    made.push(await keys.make(proofTypes.jwt.proof_signing_alg_values_supported[0]));
  }
  const nonce = nonceEndpoint && (await client().requestNonce({issuerMetadata: session.issuer})).c_nonce;
  const attest = attested ? await attestation(finalProvider, made, nonce, 'proof_type.jwt') : undefined;
  const proofs = await Promise.all(made.map(id => client().createCredentialRequestJwtProof({
    issuerMetadata: session.issuer, signer: keys.signer(id, how), issuedAt: new Date(), nonce,
    credentialConfigurationId: configuration, clientId, keyAttestationJwt: attest
  })));
  const answer = await (encrypted ? await encrypting() : client()).retrieveCredentials({
    issuerMetadata: session.issuer, accessToken: session.token.access_token, dpop: session.dpop,
    credentialConfigurationId: configuration, proofs: {jwt: proofs.map(({jwt}) => jwt)}
  });
  return kept(answer.credentialResponse, made);
}

// The package encrypts nothing (OpenID4VCI 10): between it and the issuer, jose does both ways.
async function encrypting() {
  const {credential_request_encryption: {jwks: {keys: [theirs]}}} = session.issuer.credentialIssuer;
  const ours = await keys.make();
  const {encryptJwe, decryptJwe} = session.callbacks;
  return new vci.Openid4vciClient({callbacks: {...session.callbacks, async fetch(url, {headers, body, ...rest}) {
    const response = {jwk: {...bare(keys.get(ours)), alg: 'ECDH-ES', kid: ours}, enc: 'A256GCM'};
    const whole = JSON.stringify({...JSON.parse(body), credential_response_encryption: response});
    const {jwe} = await encryptJwe({publicJwk: theirs, alg: theirs.alg, enc: 'A256GCM'}, whole);
    const given = {...headers, 'Content-Type': 'application/jwt'};
    const answer = await fetch(url, {...rest, headers: given, body: jwe});
    session.answered = answer.headers.get('content-type');
    const text = await answer.text();
    const opened = answer.ok ? (await decryptJwe(text)).payload : text;
    return new Response(opened, {status: answer.status, headers: {'content-type': 'application/json'}});
  }}});
}

function kept(response, made) {
  session.notification = response.notification_id;
  session.transaction = response.transaction_id;
  return {
    credentials: (response.credentials ?? []).map(one => one.credential), keys: made, answered: session.answered,
    holders: made.map(id => bare(keys.get(id))), interval: response.interval ?? null
  };
}

// The same by the attestation of the keys alone (OpenID4VCI F.3).
async function credentialByAttestation({configuration, count}) {
  const made = await Promise.all(Array.from({length: count}, () => keys.make()));
  const {c_nonce: nonce} = await client().requestNonce({issuerMetadata: session.issuer});
  const answer = await client().retrieveCredentials({
    issuerMetadata: session.issuer, accessToken: session.token.access_token, dpop: session.dpop,
    credentialConfigurationId: configuration,
    proofs: {attestation: [await attestation(finalProvider, made, nonce, 'proof_type.attestation')]}
  });
  return kept(answer.credentialResponse, made);
}

// The same by presentations that others made for this nonce (F.2): the package carries what it does not know.
const nonce = async () => (await client().requestNonce({issuerMetadata: session.issuer})).c_nonce;

async function credentialByPresentation({configuration, presentations}) {
  const answer = await client().retrieveCredentials({
    issuerMetadata: session.issuer, accessToken: session.token.access_token, dpop: session.dpop,
    credentialConfigurationId: configuration, proofs: {di_vp: presentations}
  });
  return kept(answer.credentialResponse, []);
}

// What was not ready. The package refuses an answer that has a `notification_id` beside credentials, though VCI 9.2
// has it as any other (it asks for the contrary of what it says); `lenient` leaves that out of what it reads.
async function deferred({keys: made, lenient = false}) {
  let notification;
  const reading = async (input, options) => {
    const answer = await fetch(input, options);
    const {notification_id: id, ...rest} = await answer.json();
    notification = id;
    return new Response(JSON.stringify(rest), {status: answer.status, headers: {'content-type': 'application/json'}});
  };
  const party = new vci.Openid4vciClient({callbacks: {...session.callbacks, ...(lenient && {fetch: reading})}});
  const answer = await party.retrieveDeferredCredentials({
    issuerMetadata: session.issuer, transactionId: session.transaction, accessToken: session.token.access_token,
    dpop: session.dpop
  });
  return kept({...answer.deferredCredentialResponse, notification_id: notification}, made);
}

async function notify({event}) {
  const answer = await client().sendNotification({
    issuerMetadata: session.issuer, accessToken: session.token.access_token, dpop: session.dpop,
    notification: {notificationId: session.notification, event}
  });
  return answer.response.status;
}

// A request from a link, or of the Digital Credentials API from a page's origin.
async function request({url, payload, origin, nonce, metadata}) {
  const party = new vp.Openid4vpClient({callbacks: keys.callbacks()});
  const {params} = party.parseOpenid4vpAuthorizationRequest({authorizationRequest: payload ?? url});
  asked = await party.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: params, origin, wallet: {nonce, metadata}
  });
  asked.origin = origin;
  const {authorizationRequestPayload: found, client: by, transactionData} = asked;
  return {prefix: by.prefix, client: by.effective, request: found, transactionData: transactionData ?? null};
}

// Shows what it keeps: `shown` has by query the kept credentials, or presentations that others made.
// With `authorise`, what is to be authorised is (B.3.3.1).
async function answer({shown, authorise}) {
  const {authorizationRequestPayload: found, client: by, origin} = asked;
  // OpenID4VP A.4: to a page the answer is for its origin, also where the request was signed. The package has the
  // client's identifier there.
  const audience = origin ? `origin:${origin}` : by.effective;
  const jwk = /jwt$/.test(found.response_mode) ? found.client_metadata.jwks.keys[0] : undefined;
  const hashes = (asked.transactionData ?? []).map(({encoded}) => Buffer.from(hash(encoded)).toString('base64url'));
  const more = authorise ? {transaction_data_hashes: hashes} : {};
  const token = {};
  for(const [query, each] of Object.entries(shown)) {
    token[query] = await Promise.all(each.map(one => presented(one, audience, found, jwk, more)));
  }
  const made = await new vp.Openid4vpClient({callbacks: keys.callbacks()}).createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: found, authorizationResponsePayload: {vp_token: token}, origin: asked.origin,
    ...(jwk && {jarm: {encryption: {jwk}, serverMetadata: {
      authorization_encryption_alg_values_supported: ['ECDH-ES'],
      authorization_encryption_enc_values_supported: ['A128GCM', 'A256GCM']
    }}})
  });
  return {payload: made.authorizationResponsePayload, encrypted: made.jarm?.responseJwt};
}

async function presented({presentation, format, raw, key, show}, audience, {nonce, response_uri: responseUri}, jwk, more) {
  if(presentation) {
    return presentation;
  }
  const holder = keys.get(key);
  if(format === 'mso_mdoc') {
    const thumbprint = jwk && await jose.calculateJwkThumbprint(jwk);
    const session = {clientId: audience, nonce, responseUri, origin: asked.origin, thumbprint};
    return presentMdoc({raw, elements: show, session, holder});
  }
  if(format === 'jwt_vc_json') {
    return presentJwt(raw, key, audience, nonce);
  }
  return presentSdJwt({raw, frame: show, holder, audience, nonce, now: Math.floor(Date.now() / 1000), more});
}

// A credential that is a JWT, in a presentation that is one (OpenID4VP B.1.3.1.5), by jose alone.
async function presentJwt(raw, key, aud, nonce) {
  const {didUrl} = keys.signer(key, 'did');
  return new jose.SignJWT({
    iss: didUrl.split('#')[0], aud, nonce, jti: `urn:uuid:${crypto.randomUUID()}`,
    vp: {
      '@context': ['https://www.w3.org/2018/credentials/v1'], type: ['VerifiablePresentation'],
      verifiableCredential: [raw]
    }
  }).setProtectedHeader({alg: 'ES256', typ: 'JWT', kid: didUrl}).setIssuedAt().setNotBefore('0s')
    .setExpirationTime('5m').sign(keys.get(key));
}

async function send(made) {
  const {payload, encrypted} = await answer(made);
  const sent = await new vp.Openid4vpClient({callbacks: keys.callbacks()}).submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: asked.authorizationRequestPayload, authorizationResponsePayload: payload,
    ...(encrypted && {jarm: {responseJwt: encrypted}})
  });
  return {status: sent.response.status, body: await sent.response.json()};
}

export default {
  provide, attestClient, proveClient, attestKeys, offer, redeem, authorize, authorized, refresh, credential,
  credentialByAttestation, credentialByPresentation, nonce, deferred, notify, request, answer, send, know: ({keys: known}) => keys.know(known)
};
