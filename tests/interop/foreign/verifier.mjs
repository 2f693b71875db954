// A verifier on @openid4vc/openid4vp: asks by link or page, and checks what comes by the packages of the formats.
import {bare} from './crypto.mjs';
import {checkMdoc, checkSdJwt} from './documents.mjs';
import {serve} from './http.mjs';
import {Keyring} from './keyring.mjs';
import {jose, vp} from './packages.mjs';

const DISCOVERED = 'https://self-issued.me/v2';
const keys = new Keyring();
const callbacks = keys.callbacks();
const verifier = new vp.Openid4vpVerifier({callbacks});
const sessions = new Map();

let [origin, key, did] = [];

// Its key; the host stands in its certificate.
async function start({jwk, host}) {
  key = await keys.add({...jwk, alg: 'ES256'});
  did = `did:jwk:${Buffer.from(JSON.stringify(bare(jwk))).toString('base64url')}`;
  origin = `http://${host}:${await serve(handle)}`;
  return {origin, did};
}

const random = () => Buffer.from(callbacks.generateRandom(32)).toString('base64url');

// How each prefix signs; `redirect_uri` does not (OpenID4VP 5.9.3).
const SIGNERS = {
  decentralized_identifier: () => ({...keys.signer(key, 'did'), didUrl: `${did}#0`}),
  x509_san_dns: ({x5c}) => keys.signer(key, 'x5c', x5c),
  x509_hash: ({x5c}) => keys.signer(key, 'x5c', x5c),
  verifier_attestation: ({attestation}) => ({...keys.signer(key, 'custom'), header: {jwt: attestation}})
};

// A request, and the link to it; `page` has the Digital Credentials API ask instead.
async function ask({prefix, clientId, query, mode, method, x5c, attestation, trusted, more = {}, page, state}) {
  const id = random();
  const responseUri = `${origin}/response/${id}`;
  const encrypted = mode.endsWith('.jwt') ? await keys.make() : undefined;
  const metadata = {
    vp_formats_supported: {
      'dc+sd-jwt': {'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256']},
      mso_mdoc: {issuerauth_alg_values: [-7, -9], deviceauth_alg_values: [-7, -9]}, ldp_vc: {}, jwt_vc_json: {}
    },
    ...(encrypted && {
      jwks: {keys: [{...bare(keys.get(encrypted)), use: 'enc', alg: 'ECDH-ES', kid: encrypted}]},
      encrypted_response_enc_values_supported: ['A128GCM', 'A256GCM']
    })
  };
  const payload = {
    response_type: 'vp_token', response_mode: mode, nonce: random(), dcql_query: query, client_metadata: metadata,
    ...(page ? prefix && {expected_origins: [page]} : {response_uri: responseUri, state: state ?? random()}),
    ...(prefix && {client_id: clientId ?? `redirect_uri:${responseUri}`}), ...more
  };
  const signer = SIGNERS[prefix]?.({x5c, attestation});
  sessions.set(id, {payload, signer, encrypted, trusted, page});
  if(!page && signer) {
    const link = new URLSearchParams({client_id: payload.client_id, request_uri: `${origin}/request/${id}`});
    return {id, url: `openid4vp://?${link}${method ? `&request_uri_method=${method}` : ''}`};
  }
  const made = await create(id, {});
  return {id, url: made.authorizationRequest, payload: made.authorizationRequestObject};
}

function create(id, wallet) {
  const {payload, signer, page} = sessions.get(id);
  return verifier.createOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: {...payload, wallet_nonce: wallet.nonce}, wallet: {nonce: wallet.nonce, expectedNonce: wallet.nonce},
    ...(signer && {jar: {
      jwtSigner: signer, requestUri: page ? undefined : `${origin}/request/${id}`, expiresInSeconds: 300,
      additionalJwtPayload: {aud: DISCOVERED}
    }})
  });
}

async function handle({method, path, body}) {
  const [, what, id] = path.split('/');
  const form = Object.fromEntries(new URLSearchParams(body));
  if(what === 'request') {
    const made = await create(id, {nonce: method === 'POST' ? form.wallet_nonce : undefined});
    sessions.get(id).walletMetadata = form.wallet_metadata;
    return {type: 'application/oauth-authz-req+jwt', body: made.jar.authorizationRequestJwt};
  }
  await receive({id, answer: form});
  return {body: {redirect_uri: `${origin}/done#response_code=${random()}`}};
}

// An answer, as it was posted or as the browser handed it over: read by the package, and each presentation checked.
async function receive({id, answer}) {
  const session = sessions.get(id);
  const {payload, encrypted, trusted, page} = session;
  if(answer.error) {
    session.result = {error: answer.error, state: answer.state};
    return;
  }
  try {
    const read = await verifier.parseOpenid4vpAuthorizationResponse({
      authorizationResponse: answer, authorizationRequestPayload: payload, callbacks, origin: page
    });
    const jwk = encrypted && keys.get(encrypted);
    // To a page the answer is for its origin, also where the request was signed (OpenID4VP A.4).
    const audience = page ? `origin:${page}` : payload.client_id;
    const found = {};
    for(const [query, presentations] of Object.entries(read.dcql.presentations)) {
      found[query] = await Promise.all(presentations.map(one => checked(one, payload, {query, audience, jwk, trusted, page})));
    }
    if(payload.transaction_data) {
      const credentials = Object.fromEntries(Object.entries(found).map(([name, each]) => [name, each.map(({kb}) => kb.payload)]));
      session.transaction = await verifier.verifyTransactionData({transactionData: payload.transaction_data, credentials});
    }
    session.result = {found, encrypted: read.jarm?.type ?? null, transaction: session.transaction?.length ?? 0};
  } catch(error) {
    session.result = {fault: error.message};
    throw error;
  }
}

async function checked(raw, {nonce, response_uri: responseUri, dcql_query: {credentials}}, {query, audience, jwk, trusted, page}) {
  const {format} = credentials.find(one => one.id === query);
  if(format === 'dc+sd-jwt') {
    const {payload, kb} = await checkSdJwt({raw, trusted, nonce});
    if(kb?.payload.aud !== audience) {
      throw new Error(`key binding for ${kb?.payload.aud}`);
    }
    return {claims: payload, kb};
  }
  if(format === 'mso_mdoc') {
    const thumbprint = jwk && await jose.calculateJwkThumbprint(jwk);
    const session = {clientId: audience, nonce, responseUri, origin: page, thumbprint};
    const said = await checkMdoc({raw, session, trusted, now: Date.now() / 1000});
    if(said.failed.length) {
      throw new Error(said.failed.join('; '));
    }
    return {claims: said.documents[0].elements};
  }
  return {raw};
}

function result({id}) {
  return sessions.get(id).result ?? null;
}

export default {start, ask, receive, result};
