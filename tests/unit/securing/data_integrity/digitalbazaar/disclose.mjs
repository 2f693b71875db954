// @digitalbazaar's suites of selective disclosure over lines of JSON: derives from our base proof, judges our
// derived ones, and makes a base proof and a derived one of its own. With a number: how long each takes.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';
import {loader} from './loader.mjs';

const require = createRequire(`${process.argv[2]}/package.json`);
const rounds = Number(process.argv[3] ?? 0);
const load = async name => import(pathToFileURL(require.resolve(name)));
const [{DataIntegrityProof}, {default: jsigs}, ecdsa, bls] = await Promise.all([
  load('@digitalbazaar/data-integrity'), load('jsonld-signatures'),
  load('@digitalbazaar/ecdsa-multikey'), load('@digitalbazaar/bls12-381-multikey')
]);
const suites = {
  'ecdsa-sd-2023': await load('@digitalbazaar/ecdsa-sd-2023-cryptosuite'),
  'bbs-2023': await load('@digitalbazaar/bbs-2023-cryptosuite')
};
const [contexts, ...lines] = readFileSync(0, 'utf8').trim().split('\n').map(line => JSON.parse(line));
const documentLoader = loader(contexts);

const purpose = () => new jsigs.purposes.AssertionProofPurpose();

async function derive(name, document, selectivePointers) {
  const cryptosuite = suites[name].createDiscloseCryptosuite({selectivePointers});
  return jsigs.derive(document, {suite: new DataIntegrityProof({cryptosuite}), purpose: purpose(), documentLoader});
}

async function judge(name, document) {
  const cryptosuite = suites[name].createVerifyCryptosuite();
  const done = await jsigs.verify(document, {suite: new DataIntegrityProof({cryptosuite}), purpose: purpose(), documentLoader});
  return {verified: done.verified, why: done.verified ? '' : String(done.error?.errors?.[0] ?? done.error)};
}

async function sign(name, document, mandatoryPointers) {
  const key = name === 'bbs-2023' ?
    await bls.generateBbsKeyPair({algorithm: 'BBS-BLS12-381-SHA-256'}) : await ecdsa.generate({curve: 'P-256'});
  const {publicKeyMultibase} = await key.export({publicKey: true});
  key.controller = `did:key:${publicKeyMultibase}`;
  key.id = `${key.controller}#${publicKeyMultibase}`;
  const cryptosuite = suites[name].createSignCryptosuite({mandatoryPointers});
  const suite = new DataIntegrityProof({signer: key.signer(), cryptosuite});
  return jsigs.sign(document, {suite, purpose: purpose(), documentLoader});
}

async function timed(task) {
  const times = [];
  for(let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    await task();
    const {user, system} = process.cpuUsage(before);
    times.push(user + system);
  }
  return times.sort((a, b) => a - b);
}

for(const {suite, unsigned, mandatory, selective, base, derived, changed} of lines) {
  const made = await sign(suite, unsigned, mandatory);
  console.log(JSON.stringify({
    derived: await judge(suite, derived), changed: await judge(suite, changed),
    fromOurs: await derive(suite, base, selective), base: made, fromTheirs: await derive(suite, made, selective),
    derive: await timed(() => derive(suite, base, selective)), verify: await timed(() => judge(suite, derived))
  }));
}
