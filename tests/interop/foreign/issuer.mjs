// An issuer and its authorization server on @openid4vc/openid4vci and oauth2; credentials by the packages of the formats.
import {bare} from './crypto.mjs';
import {issueMdoc, issueSdJwt} from './documents.mjs';
import {serve} from './http.mjs';
import {Keyring} from './keyring.mjs';
import {jose, oauth2, vci} from './packages.mjs';
import {secure} from './securing.mjs';

const PRE_AUTHORIZED = oauth2.preAuthorizedCodeGrantIdentifier;
const DAY = 86_400;
const VC_V2 = 'https://www.w3.org/ns/credentials/v2';
const keys = new Keyring();
const callbacks = keys.callbacks({clientAuthentication: oauth2.clientAuthenticationAnonymous()});
const issuer = new vci.Openid4vciIssuer({callbacks});
const server = new oauth2.Oauth2AuthorizationServer({callbacks});
const resources = new oauth2.Oauth2ResourceServer({callbacks});
const [offers, grants, pushed, codes, refreshable, waiting] = [1, 2, 3, 4, 5, 6].map(() => new Map());
const notified = [];
let [origin, key, tokenKey, sealing, certificates, how] = [];

async function start({jwk, host = '127.0.0.1'}) {
  [key, tokenKey, sealing] = [await keys.add({...jwk, alg: 'ES256'}), await keys.make(), await keys.make()];
  origin = `http://${host}:${await serve(handle)}`;
  return origin;
}

// By which certificates of its key it is known, and how it goes about things from now on.
function configure(given) {
  ({certificates, ...how} = {batch: 1, ...given});
}

const random = () => Buffer.from(callbacks.generateRandom(32)).toString('base64url');
const now = () => Math.floor(Date.now() / 1000);

function credentialIssuer() {
  const proofs = {proof_types_supported: {[how.proof ?? 'jwt']: {
    proof_signing_alg_values_supported: ['ES256'], ...(how.attested && {key_attestations_required: {}})
  }}};
  const named = name => ({credential_metadata: {display: [{name, locale: 'en'}]}});
  return issuer.createCredentialIssuerMetadata({
    credential_issuer: origin, credential_endpoint: `${origin}/credential`, nonce_endpoint: `${origin}/nonce`,
    deferred_credential_endpoint: `${origin}/deferred`, notification_endpoint: `${origin}/notification`,
    ...(how.encrypted && encryption()), ...(how.batch > 1 && {batch_credential_issuance: {batch_size: how.batch}}),
    display: [{name: 'A foreign issuer', locale: 'en'}],
    credential_configurations_supported: {
      sd_jwt: {
        format: 'dc+sd-jwt', vct: how.vct, scope: 'sd_jwt', cryptographic_binding_methods_supported: ['jwk'],
        credential_signing_alg_values_supported: ['ES256'], ...proofs, ...named('An identity')
      },
      mdoc: {
        format: 'mso_mdoc', doctype: 'org.iso.18013.5.1.mDL', scope: 'mdoc',
        cryptographic_binding_methods_supported: ['cose_key'], credential_signing_alg_values_supported: [-7],
        ...proofs, ...named('A licence')
      },
      ...(how.w3c && {jwt_vc: {
        format: 'jwt_vc_json', scope: 'jwt_vc', credential_definition: {type: how.w3c.type},
        cryptographic_binding_methods_supported: ['jwk'], credential_signing_alg_values_supported: ['ES256'],
        ...proofs, ...named('An age')
      }, ldp_vc: {
        format: 'ldp_vc', scope: 'ldp_vc',
        credential_definition: {'@context': [VC_V2, how.w3c.context], type: how.w3c.type},
        cryptographic_binding_methods_supported: ['did:key'],
        credential_signing_alg_values_supported: [how.w3c.suite],
        proof_types_supported: {jwt: {proof_signing_alg_values_supported: ['EdDSA', 'Ed25519']}}, ...named('An age')
      }})
    }
  });
}

// Of what the package knows nothing (OpenID4VCI 10): jose opens the requests and seals the answers.
function encryption() {
  const whole = {enc_values_supported: ['A128GCM', 'A256GCM'], encryption_required: true};
  const jwk = {...bare(keys.get(sealing)), kid: sealing, use: 'enc', alg: 'ECDH-ES'};
  return {
    credential_request_encryption: {jwks: {keys: [jwk]}, ...whole},
    credential_response_encryption: {alg_values_supported: ['ECDH-ES'], ...whole}
  };
}

const sealed = handler => async request => {
  if(!how.encrypted) {
    return handler(request);
  }
  const {decrypted, payload} = await callbacks.decryptJwe(request.body);
  if(request.headers.get('content-type') !== 'application/jwt' || !decrypted) {
    throw Object.assign(new Error('not encrypted'), {errorResponse: {error: 'invalid_encryption_parameters'}});
  }
  const {credential_response_encryption: {jwk, enc}, ...asked} = JSON.parse(payload);
  const answer = await handler({...request, body: JSON.stringify(asked)});
  const {jwe} = await callbacks.encryptJwe({publicJwk: jwk, alg: jwk.alg, enc}, JSON.stringify(answer.body));
  return {...answer, type: 'application/jwt', body: jwe};
};

const authorizationServer = () => server.createAuthorizationServerMetadata({
  issuer: origin, token_endpoint: `${origin}/token`, authorization_endpoint: `${origin}/authorize`,
  pushed_authorization_request_endpoint: `${origin}/par`, require_pushed_authorization_requests: true,
  jwks_uri: `${origin}/jwks`, code_challenge_methods_supported: ['S256'],
  authorization_response_iss_parameter_supported: true, dpop_signing_alg_values_supported: ['ES256'],
  response_types_supported: ['code'], 'pre-authorized_grant_anonymous_access_supported': true,
  grant_types_supported: [PRE_AUTHORIZED, 'authorization_code', 'refresh_token'],
  token_endpoint_auth_methods_supported: ['none', 'attest_jwt_client_auth'],
  client_attestation_signing_alg_values_supported: ['ES256'],
  client_attestation_pop_signing_alg_values_supported: ['ES256']
});

const metadata = () => ({
  credentialIssuer: credentialIssuer(), authorizationServers: [authorizationServer()],
  originalDraftVersion: vci.Openid4vciVersion.V1,
  knownCredentialConfigurations: issuer.getKnownCredentialConfigurationsSupported(credentialIssuer())
});

// An offer, by value or by reference.
async function offer({configurations, grant, txCode, byReference = false}) {
  const [id, code] = [random(), random()];
  grants.set(code, {txCode, configurations});
  const {credentialOffer, credentialOfferObject} = await issuer.createCredentialOffer({
    issuerMetadata: metadata(), credentialConfigurationIds: configurations,
    grants: grant === 'authorization_code' ? {authorization_code: {issuer_state: code}} : {[PRE_AUTHORIZED]: {
      'pre-authorized_code': code, ...(txCode && {tx_code: {input_mode: 'numeric', length: txCode.length}})
    }},
    ...(byReference && {credentialOfferUri: `${origin}/offer/${id}`})
  });
  offers.set(id, credentialOfferObject);
  return credentialOffer;
}

const ROUTES = {
  '/.well-known/openid-credential-issuer': async ({headers}) => {
    notified.push({event: 'metadata', accept: headers.get('accept')});
    if(how.signed && headers.get('accept')?.includes('application/jwt')) {
      return {type: 'application/jwt', body: await issuer.createSignedCredentialIssuerMetadataJwt({
        credentialIssuerMetadata: credentialIssuer(), issuedAt: new Date(),
        signer: {method: 'x5c', alg: 'ES256', x5c: certificates, kid: key}
      })};
    }
    return {body: credentialIssuer()};
  },
  '/.well-known/oauth-authorization-server': () => ({body: authorizationServer()}),
  '/jwks': () => ({body: {keys: [{...bare(keys.get(tokenKey)), kid: 'token', use: 'sig', alg: 'ES256'}]}}),
  '/par': push, '/authorize': authorize, '/token': token,
  '/nonce': () => {
    how.nonce = random();
    return {body: issuer.createNonceResponse({cNonce: how.nonce})};
  },
  '/credential': sealed(credential), '/deferred': sealed(deferred),
  '/notification': async request => {
    await authorizedBy(request);
    notified.push(JSON.parse(request.body));
    return {status: 204, body: ''};
  }
};

function handle(request) {
  const [, what, id] = request.path.split('/');
  return what === 'offer' ? {body: offers.get(id)} : ROUTES[request.path](request);
}

const asked = ({method, url, headers}) => ({method, url: `${origin}${url.pathname}`, headers});

// The client's attestation and its DPoP key, as the pushed request or the token request has them.
const proofs = (dpop, clientAttestation) => ({
  ...(dpop && {dpop: {...dpop, required: how.dpop}}),
  ...(!dpop && how.dpop && {dpop: {required: true}}),
  ...((clientAttestation || how.attestation) && {clientAttestation: {...clientAttestation, required: Boolean(how.attestation)}})
});

async function push(request) {
  const parsed = await server.parsePushedAuthorizationRequest({
    authorizationRequest: Object.fromEntries(new URLSearchParams(request.body)), request: asked(request)
  });
  const {dpop} = await server.verifyPushedAuthorizationRequest({
    ...proofs(parsed.dpop, parsed.clientAttestation), authorizationRequest: parsed.authorizationRequest,
    authorizationServerMetadata: authorizationServer(), request: asked(request)
  });
  const requestUri = `${oauth2.pushedAuthorizationRequestUriPrefix ?? 'urn:ietf:params:oauth:request_uri:'}${random()}`;
  pushed.set(requestUri, {...parsed.authorizationRequest, jkt: dpop?.jwkThumbprint});
  const {pushedAuthorizationResponse: body} = server.createPushedAuthorizationResponse({requestUri, expiresInSeconds: 60});
  return {status: 201, body};
}

// A person who is known already and agrees at once.
function authorize({url}) {
  const found = pushed.get(url.searchParams.get('request_uri'));
  const code = random();
  codes.set(code, found);
  const back = new URL(found.redirect_uri);
  const answer = {code, iss: how.iss ?? origin, ...(found.state && {state: found.state})};
  Object.entries(answer).forEach(([name, value]) => back.searchParams.set(name, value));
  return {status: 302, headers: {location: back.href}, body: ''};
}

async function token(request) {
  const {accessTokenRequest, grant, dpop, clientAttestation, pkceCodeVerifier} = server.parseAccessTokenRequest({
    accessTokenRequest: Object.fromEntries(new URLSearchParams(request.body)), request: asked(request)
  });
  if(how.dpopNonce && dpop && jose.decodeJwt(dpop.jwt).nonce !== how.dpopNonce) {
    return {status: 400, headers: {'dpop-nonce': how.dpopNonce}, body: {error: 'use_dpop_nonce'}};
  }
  const shared = {
    accessTokenRequest, grant, authorizationServerMetadata: authorizationServer(), request: asked(request),
    ...proofs(dpop, clientAttestation)
  };
  const verified = await {
    [PRE_AUTHORIZED]: () => server.verifyPreAuthorizedCodeAccessTokenRequest({
      ...shared, expectedPreAuthorizedCode: grant.preAuthorizedCode, expectedTxCode: grants.get(grant.preAuthorizedCode)?.txCode
    }),
    authorization_code: () => {
      const found = codes.get(grant.code);
      return server.verifyAuthorizationCodeAccessTokenRequest({
        ...shared, expectedCode: found && grant.code, pkce: {
          codeChallenge: found?.code_challenge, codeChallengeMethod: found?.code_challenge_method,
          codeVerifier: pkceCodeVerifier
        }
      });
    },
    refresh_token: () => server.verifyRefreshTokenAccessTokenRequest({
      ...shared, expectedRefreshToken: refreshable.has(grant.refreshToken) ? grant.refreshToken : random()
    })
  }[grant.grantType]();
  codes.delete(grant.code);
  refreshable.delete(grant.refreshToken);
  const refreshToken = how.refresh ? random() : undefined;
  refreshable.set(refreshToken, true);
  return {body: await server.createAccessTokenResponse({
    authorizationServer: origin, audience: origin, expiresInSeconds: 300, subject: 'somebody', refreshToken,
    clientId: accessTokenRequest.client_id, dpop: verified.dpop,
    signer: {method: 'jwk', alg: 'ES256', publicJwk: bare(keys.get(tokenKey)), kid: tokenKey}
  })};
}

async function authorizedBy(request) {
  const found = await resources.verifyResourceRequest({
    request: asked(request), resourceServer: origin, authorizationServers: [authorizationServer()]
  });
  if(how.dpop && found.scheme !== 'DPoP') {
    throw Object.assign(new Error('a DPoP token is wanted'), {status: 401});
  }
  return found;
}

async function credential(request) {
  await authorizedBy(request);
  const parsed = issuer.parseCredentialRequest({
    issuerMetadata: metadata(), credentialRequest: JSON.parse(request.body)
  });
  const holders = [];
  for(const jwt of parsed.proofs.attestation ?? []) {
    const {payload} = await issuer.verifyCredentialRequestAttestationProof({
      issuerMetadata: metadata(), keyAttestationJwt: jwt, expectedNonce: how.nonce
    });
    holders.push(...payload.attested_keys);
  }
  for(const jwt of parsed.proofs.jwt ?? []) {
    const {signer, keyAttestation} = await issuer.verifyCredentialRequestJwtProof({
      issuerMetadata: metadata(), jwt, expectedNonce: how.nonce
    });
    if(how.attested && !keyAttestation) {
      throw Object.assign(new Error('no key attestation'), {errorResponse: {error: 'invalid_proof'}});
    }
    // One for each key that is attested (OpenID4VCI F.1).
    const holder = {...signer.publicJwk, did: signer.didUrl?.split('#')[0]};
    holders.push(...keyAttestation?.payload.attested_keys ?? [holder]);
  }
  const made = await Promise.all(holders.map(holder => issue(parsed.credentialConfigurationId, holder)));
  const credentials = made.map(one => ({credential: one}));
  if(how.deferred) {
    const transactionId = random();
    waiting.set(transactionId, {credentials, asked: 0});
    return {status: 202, body: issuer.createCredentialResponse({
      credentialRequest: parsed, transactionId, interval: 1
    })};
  }
  return {body: issuer.createCredentialResponse({credentialRequest: parsed, credentials, notificationId: random()})};
}

// Ready the second time that it is asked for.
async function deferred(request) {
  await authorizedBy(request);
  const {deferredCredentialRequest: {transaction_id: transactionId}} =
    issuer.parseDeferredCredentialRequest({deferredCredentialRequest: JSON.parse(request.body)});
  const found = waiting.get(transactionId);
  if(!found) {
    return {status: 400, body: {error: 'invalid_transaction_id'}};
  }
  if(++found.asked === 1) {
    return {status: 202, body: issuer.createDeferredCredentialResponse({transactionId, interval: 1})};
  }
  waiting.delete(transactionId);
  return {body: issuer.createDeferredCredentialResponse({credentials: found.credentials})};
}

function issue(configuration, holder) {
  const signer = keys.get(key);
  const [from, until] = [now() - 60, now() + 30 * DAY];
  return {
    sd_jwt: () => issueSdJwt({
      issuer: signer, header: {x5c: certificates}, frame: {_sd: ['given_name', 'family_name', 'age_over_18']},
      claims: {
        vct: how.vct, iat: from, exp: until, cnf: {jwk: bare(holder)},
        given_name: 'Ingrid', family_name: 'Åström', age_over_18: true
      }
    }),
    mdoc: () => issueMdoc({
      docType: 'org.iso.18013.5.1.mDL', issuer: {...signer, alg: 'ES256'}, certificates: how.documentSigner, holder: bare(holder),
      namespaces: {'org.iso.18013.5.1': {family_name: 'Åström', age_over_18: true, issuing_country: 'SE'}},
      signedAt: from, from, until
    }),
    // The JWT of VC Data Model 1.1, by jose alone.
    jwt_vc: async () => new jose.SignJWT({
      iss: how.w3c.did, nbf: from, iat: from, exp: until, jti: `urn:uuid:${crypto.randomUUID()}`,
      cnf: {jwk: bare(holder)},
      vc: {
        '@context': ['https://www.w3.org/2018/credentials/v1', how.w3c.context], type: how.w3c.type,
        credentialSubject: {ageOver18: true}
      }
    }).setProtectedHeader({alg: 'ES256', typ: 'JWT', kid: `${how.w3c.did}#key`})
      .sign(await jose.importJWK(signer, 'ES256')),
    ldp_vc: () => secure(how.w3c, signer, {
      '@context': [VC_V2, how.w3c.context], id: `urn:uuid:${crypto.randomUUID()}`, type: how.w3c.type,
      issuer: how.w3c.did, validFrom: stamp(from), validUntil: stamp(until),
      credentialSubject: {id: holder.did, ageOver18: true}
    })
  }[configuration]();
}

const stamp = seconds => new Date(seconds * 1000).toISOString().replace('.000', '');

const told = () => notified.splice(0);

// What it makes of a wallet's attestation and proof, and of an attestation of keys.
async function checkClient({attestation, pop, audience}) {
  const {clientAttestation} = await issuer.verifyWalletAttestation({
    authorizationServer: audience, clientAttestationJwt: attestation, clientAttestationPopJwt: pop
  });
  return clientAttestation.payload;
}

const checkKeys = async ({jwt, use, nonce}) => (await vci.verifyKeyAttestationJwt({
  callbacks, keyAttestationJwt: jwt, use, expectedNonce: nonce
})).payload;

export default {start, configure, offer, told, checkClient, checkKeys};
