// A party's keys and what it knows of others', as the OpenID packages ask for them.
import {bare, certificate, hash, newKey, open, random} from './crypto.mjs';
import {jose} from './packages.mjs';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const PREFIXES = {Ed25519: [0xed, 0x01], 'P-256': [0x80, 0x24]};

export class Keyring {
  #own = new Map();
  #known = new Map();

  async make(alg = 'ES256') {
    const jwk = await newKey(alg);
    return this.add({...jwk, alg});
  }

  // Its own key, by thumbprint; `did:key` has it too.
  async add(jwk) {
    const id = await jose.calculateJwkThumbprint(jwk);
    this.#own.set(id, jwk);
    if(PREFIXES[jwk.crv]) {
      this.#own.set(didKey(jwk), jwk);
    }
    return id;
  }

  get = id => this.#own.get(id);

  // Public keys by DID URL, as somebody resolved them.
  know(keys) {
    Object.entries(keys).forEach(([url, jwk]) => this.#known.set(url, jwk));
  }

  // Who signs: by the key itself, by its `did:key`, by `did:jwk`, or by a chain of certificates.
  signer(id, how = 'jwk', x5c) {
    const jwk = this.get(id);
    const publicJwk = bare(jwk);
    const didUrl = how === 'did' ? didKey(jwk) : undefined;
    return {method: how, alg: jwk.alg, publicJwk, didUrl, x5c, kid: id};
  }

  async #private({method, didUrl, publicJwk, kid, x5c}) {
    const key = method === 'x5c' ? certificate(x5c[0]).publicKey.export({format: 'jwk'}) : publicJwk;
    return this.get(didUrl) ?? this.get(kid) ?? this.get(await jose.calculateJwkThumbprint(key));
  }

  async #public({method, didUrl, publicJwk, x5c}, {jwt}) {
    const found = await {
      jwk: () => publicJwk, x5c: () => certificate(x5c[0]).publicKey.export({format: 'jwk'}),
      did: () => this.#known.get(didUrl) ?? publicOf(didUrl), custom: () => this.#attested(jwt)
    }[method]();
    if(!found) {
      throw new Error(`the key of ${didUrl} is not known`);
    }
    return found;
  }

  // The key in a verifier attestation by somebody known (OpenID4VP 12), which the packages leave to who uses them.
  async #attested(jwt) {
    const {iss, cnf} = jose.decodeJwt(jwt);
    await jose.jwtVerify(jwt, this.#known.get(iss), {typ: 'verifier-attestation+jwt'});
    return cnf.jwk;
  }

  // The callbacks of oauth2's CallbackContext; a certificate's path is for who trusts one to check.
  callbacks(more = {}) {
    return {
      hash, generateRandom: random, fetch,
      signJwt: async (signer, {header: plain, payload}) => {
        const header = {...plain, ...signer.header};
        const jwk = await this.#private(signer);
        const bytes = new TextEncoder().encode(JSON.stringify(payload));
        const key = await jose.importJWK(jwk, header.alg);
        const jwt = await new jose.CompactSign(bytes).setProtectedHeader(header).sign(key);
        return {jwt, signerJwk: bare(jwk)};
      },
      verifyJwt: async (signer, {compact, header}) => {
        const signerJwk = await this.#public(signer, header);
        try {
          await jose.compactVerify(compact, await jose.importJWK(open(signerJwk), header.alg));
          return {verified: true, signerJwk: bare(signerJwk)};
        } catch {
          return {verified: false};
        }
      },
      encryptJwe: async ({publicJwk, alg, enc, apu, apv}, data) => {
        const bytes = part => new Uint8Array(Buffer.from(part, 'base64url'));
        const jwe = new jose.CompactEncrypt(new TextEncoder().encode(data))
          .setProtectedHeader({alg: publicJwk.alg ?? alg, enc, kid: publicJwk.kid});
        if(apv) {
          jwe.setKeyManagementParameters({...(apu && {apu: bytes(apu)}), apv: bytes(apv)});
        }
        return {encryptionJwk: publicJwk, jwe: await jwe.encrypt(await jose.importJWK(publicJwk, alg))};
      },
      decryptJwe: async jwe => {
        const {kid} = jose.decodeProtectedHeader(jwe);
        const decryptionJwk = this.get(kid);
        try {
          const {plaintext} = await jose.compactDecrypt(jwe, await jose.importJWK(decryptionJwk, 'ECDH-ES'));
          return {decrypted: true, decryptionJwk, payload: new TextDecoder().decode(plaintext)};
        } catch {
          return {decrypted: false};
        }
      },
      getX509CertificateMetadata(x5c) {
        const names = (certificate(x5c).subjectAltName ?? '').split(', ');
        const of = prefix => names.filter(one => one.startsWith(prefix)).map(one => one.slice(prefix.length));
        return {sanDnsNames: of('DNS:'), sanUriNames: of('URI:')};
      },
      ...more
    };
  }
}

export function didKey({crv, x, y}) {
  const [first, second] = [x, y].map(part => Buffer.from(part ?? '', 'base64url'));
  const point = crv === 'P-256' ? Buffer.concat([Buffer.from([2 + (second.at(-1) & 1)]), first]) : first;
  const multibase = `z${base58(Buffer.concat([Buffer.from(PREFIXES[crv]), point]))}`;
  return `did:key:${multibase}#${multibase}`;
}

// The key in a did:key of Ed25519, whose bytes stand in it as they are.
function publicOf(didUrl) {
  const [, multibase] = /^did:key:z([1-9A-HJ-NP-Za-km-z]+)#/.exec(didUrl) ?? [];
  const number = [...multibase ?? ''].reduce((sum, each) => sum * 58n + BigInt(ALPHABET.indexOf(each)), 0n);
  const bytes = Buffer.from(number.toString(16).padStart(68, '0'), 'hex');
  return bytes.subarray(0, 2).equals(Buffer.from(PREFIXES.Ed25519)) ?
    {kty: 'OKP', crv: 'Ed25519', x: bytes.subarray(2).toString('base64url')} : undefined;
}

function base58(bytes) {
  let [number, text] = [BigInt(`0x${bytes.toString('hex')}`), ''];
  for(; number > 0n; number /= 58n) {
    text = ALPHABET[Number(number % 58n)] + text;
  }
  return text;
}
