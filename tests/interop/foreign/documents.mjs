// @sd-jwt/sd-jwt-vc and @owf/mdoc as issuer, holder and verifier of credentials that no protocol carries.
import {bare, certificate, checkPath, context, hash, json, open, random, signed, verified} from './crypto.mjs';
import {jose, mdoc, sdJwtVc} from './packages.mjs';

const base64 = text => new Uint8Array(Buffer.from(text, 'base64'));
const saltGenerator = length => Buffer.from(random(length)).toString('base64url');
const signing = (jwk, alg = 'ES256') => jwk && (data => signed(jwk, alg, data).toString('base64url'));
const proved = (jwk, alg, data, signature) => verified(jwk, alg, data, Buffer.from(signature, 'base64url'));

function instance({issuer, holder, trusted, now}) {
  return new sdJwtVc.SDJwtVcInstance({
    hasher: hash, hashAlg: 'sha-256', saltGenerator, signer: signing(issuer), signAlg: 'ES256',
    kbSigner: signing(holder), kbSignAlg: 'ES256',
    verifier(data, signature) {
      const {alg, x5c} = json(data.split('.')[0]);
      checkPath(x5c.map(base64), trusted.map(base64), new Date(now * 1000));
      return proved(certificate(x5c[0]).publicKey.export({format: 'jwk'}), alg, data, signature);
    },
    kbVerifier: (data, signature, payload) =>
      proved(payload.cnf.jwk, json(data.split('.')[0]).alg, data, signature)
  });
}

// At a time or now; with `status`, the list that it names is fetched and read.
export async function checkSdJwt({raw, trusted, nonce, now, status = false}) {
  const made = instance({trusted, now: now ?? Date.now() / 1000});
  if(!status) {
    made.verifyStatus = () => undefined;
  }
  const {payload, header, kb} = await made.verify(raw, {keyBindingNonce: nonce, currentDate: now});
  return {payload, header, kb};
}

// A JWT by the certificate that it carries.
export async function checkJwt({raw, trusted}) {
  const {x5c} = jose.decodeProtectedHeader(raw);
  checkPath(x5c.map(base64), trusted.map(base64), new Date());
  return (await jose.jwtVerify(raw, certificate(x5c[0]).publicKey, {typ: 'JWT'})).payload;
}

export const issueSdJwt = ({claims, frame, header, issuer}) =>
  instance({issuer}).issue(claims, frame, {header});

export const presentSdJwt = ({raw, frame, holder, audience, nonce, now, more = {}}) =>
  instance({holder}).present(raw, frame, {kb: {payload: {iat: now, aud: audience, nonce, ...more}}});

function transcript({clientId, nonce, responseUri, origin, thumbprint}) {
  const jwkThumbprint = thumbprint ? base64(thumbprint) : undefined;
  return origin ?
    mdoc.SessionTranscript.forOid4VpDcApi({origin, nonce, jwkThumbprint}, context) :
    mdoc.SessionTranscript.forOid4Vp({clientId, nonce, responseUri, jwkThumbprint}, context);
}

// What a reader makes of a response: what it checked and how, and each document's elements.
export async function checkMdoc({raw, session, trusted, now, reader}) {
  const response = mdoc.DeviceResponse.fromEncodedForOid4Vp(raw);
  const checks = [];
  await response.verify({
    sessionTranscript: await transcript(session), trustedCertificates: trusted.map(base64),
    now: new Date(now * 1000), ephemeralReaderKey: reader && mdoc.CoseKey.fromJwk(reader),
    onCheck: ({status, check, reason}) => checks.push({status, check: reason ?? check})
  }, context);
  return {failed: failures(checks), passed: passes(checks), documents: response.documents.map(each => ({
    docType: each.docType, elements: elements(each.issuerSigned)
  }))};
}

// A MAC by the package's parts: as a whole it refuses every one.
export async function checkMac({raw, session, reader}) {
  const [document] = mdoc.DeviceResponse.fromEncodedForOid4Vp(raw).documents;
  const {deviceAuth, deviceNamespaces} = document.deviceSigned;
  const sessionTranscript = await transcript(session);
  deviceAuth.deviceMac.detachedPayload = mdoc.DeviceAuthentication.create({
    sessionTranscript, docType: document.docType, deviceNamespaces
  }).encode({asDataItem: true});
  return deviceAuth.deviceMac.verify({
    publicKey: document.issuerSigned.issuerAuth.mobileSecurityObject.deviceKeyInfo.deviceKey,
    privateKey: mdoc.CoseKey.fromJwk(reader), sessionTranscript
  }, context);
}

export async function checkIssuedMdoc({raw, trusted, now = Date.now() / 1000}) {
  const issued = mdoc.IssuerSigned.fromEncodedForOid4Vci(raw);
  const checks = [];
  await issued.verify({
    trustedCertificates: trusted.map(base64), now: new Date(now * 1000),
    verificationCallback: ({status, check, reason}) => checks.push({status, check: reason ?? check})
  }, context);
  const {docType, deviceKeyInfo} = issued.issuerAuth.mobileSecurityObject;
  return {
    docType, failed: failures(checks), elements: elements(issued), deviceKey: bare(deviceKeyInfo.deviceKey.jwk)
  };
}

const failures = checks => checks.filter(({status}) => status === 'FAILED').map(({check}) => check);
const passes = checks => checks.filter(({status}) => status === 'PASSED').map(({check}) => check);
const elements = issued => Object.fromEntries(
  [...issued.issuerNamespaces.issuerNamespaces.keys()].map(name => [name, issued.getPrettyClaims(name)])
);

export async function issueMdoc({docType, namespaces, issuer, certificates, holder, signedAt, from, until}) {
  const made = new mdoc.Issuer(docType, context);
  for(const [name, members] of Object.entries(namespaces)) {
    made.addIssuerNamespace(name, Object.fromEntries(
      Object.entries(members).map(([key, value]) => [key, value?.date ? new mdoc.DateOnly(value.date) : value])
    ));
  }
  const issued = await made.sign({
    signingKey: issuer, certificates: certificates.map(base64), algorithm: mdoc.SignatureAlgorithm.ES256,
    digestAlgorithm: 'SHA-256', deviceKeyInfo: {deviceKey: mdoc.DeviceKey.fromJwk(open(holder))},
    validityInfo: {
      signed: new Date(signedAt * 1000), validFrom: new Date(from * 1000), validUntil: new Date(until * 1000)
    }
  });
  return issued.encodedForOid4Vci;
}

// Shown by signature, or by a MAC for a reader's key.
export async function presentMdoc({raw, elements: wanted, session, holder, reader}) {
  const issued = mdoc.IssuerSigned.fromEncodedForOid4Vci(raw);
  const namespaces = new Map(Object.entries(wanted).map(
    ([name, each]) => [name, new Map(each.map(one => [one, false]))]
  ));
  const {docType} = issued.issuerAuth.mobileSecurityObject;
  const signingKey = mdoc.CoseKey.fromJwk({...holder, alg: reader ? 'HS256' : 'ES256'});
  const response = await mdoc.DeviceResponse.createWithDeviceRequest({
    deviceRequest: mdoc.DeviceRequest.create({docRequests: [
      mdoc.DocRequest.create({itemsRequest: mdoc.ItemsRequest.create({docType, namespaces})})
    ]}),
    issuerSigned: [issued], sessionTranscript: await transcript(session),
    ...(reader ? {mac: {signingKey, ephemeralKey: mdoc.CoseKey.fromJwk(reader)}} : {signature: {signingKey}})
  }, context);
  return response.encodedForOid4Vp;
}

export default {
  checkSdJwt, checkJwt, issueSdJwt, presentSdJwt, checkMac, checkMdoc, checkIssuedMdoc, issueMdoc, presentMdoc
};
