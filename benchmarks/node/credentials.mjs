// What @digitalbazaar's packages need for credentials: node credentials.mjs FOLDER-OF-PACKAGES, and on standard input
// {"contexts": {...}, "method": DID-URL, "now": ..., "tasks": [{"name", "peer", "suite", "mandatory", "selective",
// "warm", "documents"}]}. Prints, for each peer and operation, the microseconds of CPU of each run after so many to get
// warm; every document is another. As in their READMEs; all is at hand, and every status is taken for good.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';

const [folder] = process.argv.slice(2);
const require = createRequire(pathToFileURL(`${folder}/package.json`));
const load = async name => import(pathToFileURL(require.resolve(name)));
const [vc, {DataIntegrityProof}, ed25519, ecdsa, bls, eddsa, sd, bbs] = await Promise.all([
  '@digitalbazaar/vc', '@digitalbazaar/data-integrity', '@digitalbazaar/ed25519-multikey',
  '@digitalbazaar/ecdsa-multikey', '@digitalbazaar/bls12-381-multikey',
  '@digitalbazaar/eddsa-rdfc-2022-cryptosuite', '@digitalbazaar/ecdsa-sd-2023-cryptosuite',
  '@digitalbazaar/bbs-2023-cryptosuite'
].map(load));
const {contexts, method, now: time, tasks} = JSON.parse(readFileSync(0, 'utf8'));
const controller = method.split('#')[0];
const now = new Date(time);

const suites = {
  'eddsa-rdfc-2022': {
    key: () => ed25519.generate({controller, id: method}),
    issuing: () => eddsa.cryptosuite,
    verifying: () => eddsa.cryptosuite
  },
  'ecdsa-sd-2023': {
    key: () => ecdsa.generate({curve: 'P-256', controller, id: method}),
    issuing: mandatoryPointers => sd.createSignCryptosuite({mandatoryPointers}),
    deriving: selectivePointers => sd.createDiscloseCryptosuite({selectivePointers}),
    verifying: () => sd.createVerifyCryptosuite()
  },
  'bbs-2023': {
    key: () => bls.generateBbsKeyPair({algorithm: 'BBS-BLS12-381-SHA-256', controller, id: method}),
    issuing: mandatoryPointers => bbs.createSignCryptosuite({mandatoryPointers}),
    deriving: selectivePointers => bbs.createDiscloseCryptosuite({selectivePointers}),
    verifying: () => bbs.createVerifyCryptosuite()
  }
};

async function loaderOf(key) {
  const found = {
    '@context': 'https://w3id.org/security/multikey/v1', id: method, type: 'Multikey', controller,
    publicKeyMultibase: (await key.export({publicKey: true})).publicKeyMultibase
  };
  const documents = new Map(Object.entries(contexts)).set(method, found).set(controller, {
    '@context': ['https://www.w3.org/ns/did/v1', 'https://w3id.org/security/multikey/v1'],
    id: controller, verificationMethod: [found], assertionMethod: [method]
  });
  return async url => {
    if(!documents.has(url)) {
      throw new Error(`not at hand: ${url}`);
    }
    return {documentUrl: url, document: documents.get(url)};
  };
}

async function timed(runs, work) {
  const begun = process.cpuUsage();
  const made = await work();
  const {user, system} = process.cpuUsage(begun);
  runs.push(user + system);
  return made;
}

const found = {};
for(const {name, peer, suite, mandatory, selective, warm, documents} of tasks) {
  const {key: generate, issuing, deriving, verifying} = suites[suite];
  const key = await generate();
  const documentLoader = await loaderOf(key);
  const checkStatus = async () => ({verified: true});
  const over = (cryptosuite, signer) => ({
    suite: new DataIntegrityProof({signer, cryptosuite, date: now}), documentLoader
  });
  const issue = async credential => JSON.stringify(await vc.issue({
    credential, ...over(issuing(mandatory), key.signer())
  }));
  const derive = async text => JSON.stringify(await vc.derive({
    verifiableCredential: JSON.parse(text), ...over(deriving(selective))
  }));
  const verify = async text => vc.verifyCredential({
    credential: JSON.parse(text), now, checkStatus, ...over(verifying())
  });
  // One operation after the other: what one leaves behind is not cleared away in another's time.
  const runs = {issue: [], ...deriving && {derive: []}, verify: []};
  const each = async (operation, given, work) => {
    const made = [];
    for(const one of given) {
      made.push(await timed(runs[operation], () => work(one)));
    }
    return made;
  };
  const issued = await each('issue', documents, issue);
  const judged = await each('verify', deriving ? await each('derive', issued, derive) : issued, verify);
  for(const {verified, error} of judged) {
    if(!verified) {
      throw error;
    }
  }
  found[peer] ??= {version: require(`${folder}/node_modules/${peer}/package.json`).version, runs: {}};
  for(const [what, times] of Object.entries(runs)) {
    found[peer].runs[`${name}.${what}`] = times.slice(warm);
  }
}
console.log(JSON.stringify(found));
