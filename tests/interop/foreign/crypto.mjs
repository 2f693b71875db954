// What the packages leave to who uses them: hashes, signatures, certificates; by node's own crypto and by jose.
import {
  X509Certificate, createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, randomBytes,
  sign, verify
} from 'node:crypto';
import {jose, mdoc} from './packages.mjs';

const HASHES = {'sha-256': 'sha256', 'sha-384': 'sha384', 'sha-512': 'sha512'};
const DIGESTS = {ES256: 'sha256', ES384: 'sha384', EdDSA: null, Ed25519: null};

export const hash = (data, alg = 'sha-256') =>
  new Uint8Array(createHash(HASHES[alg.toLowerCase()]).update(Buffer.from(data)).digest());
export const random = length => new Uint8Array(randomBytes(length));
export const json = part => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
export const open = jwk => Object.fromEntries(Object.entries(jwk).filter(([name]) => name !== 'd'));
export const certificate = x5c => new X509Certificate(Buffer.from(x5c, 'base64'));

export function signed(jwk, alg, data) {
  const key = {key: createPrivateKey({key: jwk, format: 'jwk'}), dsaEncoding: 'ieee-p1363'};
  return sign(DIGESTS[alg], Buffer.from(data), key);
}

export function verified(jwk, alg, data, signature) {
  const key = {key: createPublicKey({key: open(jwk), format: 'jwk'}), dsaEncoding: 'ieee-p1363'};
  return verify(DIGESTS[alg], Buffer.from(data), key, Buffer.from(signature));
}

export async function newKey(alg = 'ES256') {
  const {privateKey} = await jose.generateKeyPair(alg, {extractable: true});
  return jose.exportJWK(privateKey);
}

// A path from the leaf to a certificate that is trusted: signatures, dates, and who may issue (RFC 5280 6.1).
export function checkPath(chain, trusted, now) {
  const path = chain.map(der => new X509Certificate(der));
  const roots = trusted.map(der => new X509Certificate(der));
  const issuers = [...path.slice(1), ...roots];
  for(const [at, one] of path.entries()) {
    if(now < new Date(one.validFrom) || now > new Date(one.validTo)) {
      throw new Error('a certificate is not valid now');
    }
    if(roots.some(root => root.raw.equals(one.raw))) {
      return;
    }
    if(!issuers.slice(at).some(issuer => issuer.ca && one.checkIssued(issuer) && one.verify(issuer.publicKey))) {
      throw new Error('no path to a certificate that is trusted');
    }
  }
}

// @owf/mdoc's context. Its Mac0 leaves the external_aad out of the MAC_structure, which RFC 9052 6.3 has always:
// the structure is put together here as it should be.
export const context = {
  crypto: {
    random,
    digest: ({digestAlgorithm, bytes}) => hash(bytes, digestAlgorithm),
    calculateEphemeralMacKey({privateKey, publicKey, sessionTranscriptBytes, info}) {
      const secret = diffieHellman({privateKey: ecPrivate(privateKey), publicKey: ecPublic(publicKey)});
      const k = hkdfSync('sha256', secret, hash(sessionTranscriptBytes), info, 32);
      return mdoc.CoseKey.create({keyType: mdoc.KeyType.Oct, k: new Uint8Array(k)});
    }
  },
  cose: {
    sign1: {
      sign: ({toBeSigned, key, algorithm}) =>
        new Uint8Array(signed(key.jwk, mdoc.SignatureAlgorithm[algorithm ?? key.algorithm], toBeSigned)),
      verify: ({sign1, key}) =>
        verified(key.jwk, sign1.signatureAlgorithmName, sign1.toBeSigned, sign1.signature)
    },
    mac0: {
      sign({toBeAuthenticated, key}) {
        const [name, headers, payload] = mdoc.cborDecode(toBeAuthenticated);
        return hmac(key, [name, headers, new Uint8Array(), payload]);
      },
      verify: ({mac0, key}) => mdoc.compareBytes(mac0.tag, hmac(key, [
        'MAC0', mac0.protectedHeaders.encodedStructure, new Uint8Array(), mac0.detachedPayload
      ]))
    }
  },
  x509: {
    getIssuerNameField({certificate, field}) {
      const rows = new X509Certificate(certificate).issuer.split('\n');
      return rows.filter(row => row.startsWith(`${field}=`)).map(row => row.slice(field.length + 1));
    },
    getPublicKey: ({certificate}) =>
      mdoc.CoseKey.fromJwk(new X509Certificate(certificate).publicKey.export({format: 'jwk'})),
    verifyCertificateChain: ({trustedCertificates, x5chain, now}) => checkPath(x5chain, trustedCertificates, now),
    getCertificateData({certificate}) {
      const found = new X509Certificate(certificate);
      return {
        issuerName: found.issuer, subjectName: found.subject, serialNumber: found.serialNumber,
        thumbprint: found.fingerprint256, notBefore: new Date(found.validFrom), notAfter: new Date(found.validTo),
        pem: found.toString()
      };
    }
  }
};

const hmac = (key, structure) =>
  new Uint8Array(createHmac('sha256', key.privateKey).update(mdoc.cborEncode(structure)).digest());

// Keys come as CBOR where a MAC is made, and bare where one is checked; the private one alone has no point.
function ecPrivate(bytes) {
  if(bytes.length !== 32) {
    return createPrivateKey({key: ecJwk(mdoc.CoseKey.decode(bytes)), format: 'jwk'});
  }
  const der = Buffer.concat([
    Buffer.from('3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420', 'hex'), bytes
  ]);
  return createPrivateKey({key: der, format: 'der', type: 'pkcs8'});
}

function ecPublic(bytes) {
  const point = bytes[0] === 4 ? bytes : mdoc.CoseKey.decode(bytes).publicKey;
  const [x, y] = [point.slice(1, 33), point.slice(33)].map(one => Buffer.from(one).toString('base64url'));
  return createPublicKey({key: {kty: 'EC', crv: 'P-256', x, y}, format: 'jwk'});
}

const ecJwk = key => ({...key.jwk, kty: 'EC', crv: 'P-256'});
