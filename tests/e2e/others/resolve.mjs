// ethr-did-resolver over lines of JSON: where the chain is, then DID URLs; a resolution result for each.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';
import {readFileSync} from 'node:fs';
import {ethr} from './ethr.mjs';

const require = createRequire(`${process.argv[2]}/package.json`);
const load = async name => import(pathToFileURL(require.resolve(name)));
const [where, ...urls] = readFileSync(0, 'utf8').trim().split('\n').map(line => JSON.parse(line));
const {resolve} = await ethr(load, where);
for(const url of urls) {
  console.log(JSON.stringify(await resolve(url)));
}
process.exit(0);
